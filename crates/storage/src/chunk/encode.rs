//! The bytes of a chunk in a log record.
//!
//! ```text
//! chunk   = keys sets series rows times columns
//! text    = length bytes                          (UTF-8)
//! keys    = count text*                           tag keys
//! sets    = count (count key*)*                   tag sets: numbers of keys
//! series  = count (set length*)* text             tag set and value lengths of each series, then all values joined
//! rows    = count delta*                          number of each row's series, difference to the row before (zigzag)
//! times   = delta*                                difference to the row before (zigzag)
//! columns = count column*
//! column  = text kind dense [delta*] count values dense: byte 1 if the values stand in the first rows, else 0 and their rows
//! ```
//! Counts, lengths and deltas are LEB128 numbers; floats are 8 bytes little-endian, integers zigzag LEB128, unsigned
//! integers LEB128, booleans a byte, texts lengths and then the joined text.

use model::FieldType;

use super::{Chunk, Column, Values};

/// Appends a chunk's bytes.
pub(crate) fn encode_chunk(out: &mut Vec<u8>, chunk: &Chunk) {
    out.reserve(chunk.bytes());
    encode_series(out, chunk);
    put_len(out, chunk.rows.len());
    let mut last = 0i64;
    for &id in &chunk.rows {
        put_number(out, zigzag(i64::from(id) - last));
        last = i64::from(id);
    }
    let mut last = 0i64;
    for &time in &chunk.times {
        put_number(out, zigzag(time.wrapping_sub(last)));
        last = time;
    }
    let filled = || chunk.columns.iter().filter(|c| c.values.len() > 0);
    put_len(out, filled().count());
    for column in filled() {
        encode_column(out, column);
    }
}

fn encode_series(out: &mut Vec<u8>, chunk: &Chunk) {
    let series = &chunk.series;
    put_len(out, series.keys().len());
    for key in series.keys() {
        put_text(out, key);
    }
    put_len(out, series.sets().len());
    for set in series.sets() {
        put_len(out, set.len());
        set.iter().for_each(|&key| put_number(out, u64::from(key)));
    }
    put_len(out, series.len());
    for (id, one) in series.iter().enumerate() {
        put_number(out, u64::from(series.set_of(id as u32)));
        one.values().for_each(|value| put_len(out, value.len()));
    }
    put_text(out, series.text());
}

fn encode_column(out: &mut Vec<u8>, column: &Column) {
    put_text(out, &column.name);
    out.push(kind_code(column.values.kind()));
    put_len(out, column.values.len());
    out.push(u8::from(column.rows.is_none()));
    let mut last = 0;
    for &row in column.rows.iter().flatten() {
        put_number(out, u64::from(row - last));
        last = row;
    }
    match &column.values {
        Values::Float(v) => v.iter().for_each(|x| out.extend_from_slice(&x.to_le_bytes())),
        Values::Integer(v) => v.iter().for_each(|&x| put_number(out, zigzag(x))),
        Values::Unsigned(v) => v.iter().for_each(|&x| put_number(out, x)),
        Values::Boolean(v) => out.extend(v.iter().map(|&b| u8::from(b))),
        Values::String(text, ends) => {
            let mut begin = 0;
            for &end in ends {
                put_number(out, u64::from(end - begin));
                begin = end;
            }
            put_text(out, text);
        }
    }
}

/// Reads a chunk; `None` if the bytes are no chunk. Leaves the rest of the bytes in `bytes`.
pub(crate) fn decode_chunk(bytes: &mut &[u8]) -> Option<Chunk> {
    let mut chunk = Chunk::default();
    decode_series(bytes, &mut chunk)?;
    let series = chunk.series.len() as i64;
    let count = take_len(bytes)?;
    let mut last = 0i64;
    let mut ids = Vec::with_capacity(count.min(bytes.len()));
    for _ in 0..count {
        last = last.checked_add(unzigzag(take_number(bytes)?))?;
        ids.push(u32::try_from(last).ok().filter(|_| last < series)?);
    }
    let mut time = 0i64;
    for id in ids {
        time = time.wrapping_add(unzigzag(take_number(bytes)?));
        chunk.begin_row(id, time);
    }
    for _ in 0..take_len(bytes)? {
        decode_column(bytes, &mut chunk)?;
    }
    Some(chunk)
}

fn decode_series(bytes: &mut &[u8], chunk: &mut Chunk) -> Option<()> {
    let mut keys = Vec::new();
    for _ in 0..take_len(bytes)? {
        keys.push(take_text(bytes)?);
    }
    let mut sets = Vec::new();
    for _ in 0..take_len(bytes)? {
        let mut set = Vec::new();
        for _ in 0..take_len(bytes)? {
            set.push(*keys.get(take_len(bytes)?)?);
        }
        sets.push((chunk.series.intern_set(set.iter().copied()), set.len()));
    }
    let count = take_len(bytes)?;
    let mut lengths = Vec::new();
    let mut set_of = Vec::with_capacity(count.min(bytes.len()));
    for _ in 0..count {
        let set = *sets.get(take_len(bytes)?)?;
        set_of.push(set);
        for _ in 0..set.1 {
            lengths.push(take_len(bytes)?);
        }
    }
    let mut text = take_text(bytes)?;
    let mut lengths = lengths.into_iter();
    for (number, (set, values)) in set_of.into_iter().enumerate() {
        let mut parts = Vec::with_capacity(values);
        for length in lengths.by_ref().take(values) {
            let (value, rest) = text.split_at_checked(length)?;
            parts.push(value);
            text = rest;
        }
        let id = chunk.series.intern_values(set, parts.into_iter());
        (id as usize == number).then_some(())?;
    }
    text.is_empty().then_some(())
}

fn decode_column(bytes: &mut &[u8], chunk: &mut Chunk) -> Option<()> {
    let name = take_text(bytes)?;
    let kind = kind_of_code(take_byte(bytes)?)?;
    let count = take_len(bytes)?;
    let dense = take_byte(bytes)? == 1;
    let chunk_rows = chunk.len();
    (count <= chunk_rows).then_some(())?;
    let rows = if dense { None } else { Some(take_rows(bytes, count, chunk_rows)?) };
    let values = take_values(bytes, kind, count)?;
    let number = chunk.column_for(name, kind);
    let column = chunk.columns.get_mut(number).filter(|c| c.values.len() == 0)?;
    column.values = values;
    column.rows = rows;
    Some(())
}

fn take_rows(bytes: &mut &[u8], count: usize, chunk_rows: usize) -> Option<Vec<u32>> {
    let mut rows = Vec::with_capacity(count);
    let mut last = 0u64;
    for i in 0..count {
        let delta = take_number(bytes)?;
        (i == 0 || delta > 0).then_some(())?;
        last = last.checked_add(delta).filter(|&row| row < chunk_rows as u64)?;
        rows.push(last as u32);
    }
    Some(rows)
}

fn take_values(bytes: &mut &[u8], kind: FieldType, count: usize) -> Option<Values> {
    Some(match kind {
        FieldType::Float => {
            let raw = take_bytes(bytes, count.checked_mul(8)?)?;
            let eight = |c: &[u8]| c.try_into().map(f64::from_le_bytes).ok();
            Values::Float(raw.chunks_exact(8).map(eight).collect::<Option<_>>()?)
        }
        FieldType::Integer => {
            Values::Integer((0..count).map(|_| take_number(bytes).map(unzigzag)).collect::<Option<_>>()?)
        }
        FieldType::Unsigned => Values::Unsigned((0..count).map(|_| take_number(bytes)).collect::<Option<_>>()?),
        FieldType::Boolean => Values::Boolean(take_bytes(bytes, count)?.iter().map(|&b| b != 0).collect()),
        FieldType::String => {
            let mut end = 0u32;
            let mut ends = Vec::with_capacity(count);
            for _ in 0..count {
                end = end.checked_add(u32::try_from(take_number(bytes)?).ok()?)?;
                ends.push(end);
            }
            let text = take_text(bytes)?;
            (text.len() == end as usize && ends.iter().all(|&e| text.is_char_boundary(e as usize))).then_some(())?;
            Values::String(text.to_owned(), ends)
        }
    })
}

/// The number that stands for a field type on disk.
pub(crate) fn kind_code(kind: FieldType) -> u8 {
    match kind {
        FieldType::Float => 0,
        FieldType::Integer => 1,
        FieldType::Unsigned => 2,
        FieldType::Boolean => 3,
        FieldType::String => 4,
    }
}

fn kind_of_code(code: u8) -> Option<FieldType> {
    [FieldType::Float, FieldType::Integer, FieldType::Unsigned, FieldType::Boolean, FieldType::String]
        .get(usize::from(code))
        .copied()
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

pub(crate) fn put_number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_len(out: &mut Vec<u8>, len: usize) {
    put_number(out, len as u64);
}

pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_len(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

pub(crate) fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take_byte(bytes)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn take_len(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(take_number(bytes)?).ok()
}

fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(first)
}

fn take_bytes<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

pub(crate) fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let len = take_len(bytes)?;
    std::str::from_utf8(take_bytes(bytes, len)?).ok()
}
