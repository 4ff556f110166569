//! The exact reader: every rule of InfluxDB 2.9's parser, one line at a time.
//!
//! It goes in its steps, because they disagree in what a backslash does: a body is cut into lines and a line's fields
//! are counted with a backslash taking the next byte along, while names end at a separator whose *previous* byte is no
//! backslash. So `a\\ b` is one name with a space, and a value cannot end in a backslash.

use std::borrow::Cow;
use std::ops::Range;

use model::{FieldValue, Point};

use super::{MAX_KEY_BYTES, Reason, is_blank, is_reserved_tag, number, scale_time};

/// Where the parts of a line stand; kept between lines for its buffers.
#[derive(Debug, Default)]
pub(super) struct Layout {
    measurement: Range<usize>,
    tags: Vec<(Range<usize>, Range<usize>)>,
    fields: Vec<(Range<usize>, Range<usize>)>,
    time: Option<i64>,
}

/// The line that begins at `at`, without leading blanks and its end, and where the next begins. An LF in a quoted value
/// does not end a line.
pub(super) fn next_line(body: &[u8], at: usize) -> (&[u8], usize) {
    let rest = body.get(at..).unwrap_or_default();
    let (mut i, mut quoted, mut fields, mut equals, mut commas) = (0, false, false, 0usize, 0usize);
    while let Some(&byte) = rest.get(i) {
        match byte {
            b'\\' if i + 2 < rest.len() => i += 1,
            b'\n' if !quoted => break,
            b' ' => fields = true,
            b'=' if fields && !quoted => equals += 1,
            b',' if fields && !quoted => commas += 1,
            b'"' if fields && equals > commas => quoted = !quoted,
            _ => {}
        }
        i += 1;
    }
    let line = match rest.get(..i + 1).and_then(|whole| whole.strip_suffix(b"\r\n")) {
        Some(line) => line,
        None => rest.get(..i).unwrap_or(rest),
    };
    let blanks = line.iter().take_while(|&&b| is_blank(b)).count();
    (line.get(blanks..).unwrap_or_default(), at + i + 1)
}

/// Reads a line. `false`: it is empty or a remark.
pub(super) fn point<'a>(
    line: &'a [u8],
    scale: i64,
    layout: &mut Layout,
    point: &mut Point<'a>,
) -> Result<bool, Reason> {
    if matches!(line.first(), None | Some(b'#')) {
        return Ok(false);
    }
    scan(line, scale, layout)?;
    let text = std::str::from_utf8(line).map_err(|e| {
        let at = e.valid_up_to();
        Reason::NotUtf8 { byte: line.get(at).copied().unwrap_or_default(), at }
    })?;
    build(text, layout, point)?;
    Ok(true)
}

fn scan(line: &[u8], scale: i64, layout: &mut Layout) -> Result<(), Reason> {
    let key_end = scan_key(line, layout)?;
    if key_end > MAX_KEY_BYTES {
        return Err(Reason::KeyTooLong(key_end));
    }
    let start = skip_blanks(line, key_end);
    let end = count_fields(line, start)?;
    split_fields(line, start..end, key_end, layout)?;
    layout.time = scan_time(line, end, scale)?;
    Ok(())
}

fn skip_blanks(line: &[u8], from: usize) -> usize {
    from + line.get(from..).unwrap_or_default().iter().take_while(|&&b| is_blank(b)).count()
}

/// The first byte from `from` on that is a stop and has no backslash right before it.
fn find_unescaped(line: &[u8], from: usize, stop: impl Fn(u8) -> bool) -> Option<(usize, u8)> {
    let mut before = from.checked_sub(1).and_then(|i| line.get(i)).copied().unwrap_or_default();
    for (i, &byte) in line.iter().enumerate().skip(from) {
        if before != b'\\' && stop(byte) {
            return Some((i, byte));
        }
        before = byte;
    }
    None
}

/// The measurement and the tags; returns where they end.
fn scan_key(line: &[u8], layout: &mut Layout) -> Result<usize, Reason> {
    if line.first() == Some(&b',') {
        return Err(Reason::MissingMeasurement);
    }
    let (mut at, mut end) = find_unescaped(line, 1, |b| matches!(b, b',' | b' ')).ok_or(Reason::MissingFields)?;
    layout.measurement = 0..at;
    layout.tags.clear();
    while end == b',' {
        let start = at + 1;
        if matches!(line.get(start), None | Some(b' ' | b',' | b'=')) {
            return Err(Reason::MissingTagKey);
        }
        let equals = match find_unescaped(line, start + 1, |b| matches!(b, b',' | b' ' | b'=')) {
            Some((equals, b'=')) => equals,
            _ => return Err(Reason::MissingTagValue),
        };
        if matches!(line.get(equals + 1), None | Some(b',' | b' ')) {
            return Err(Reason::MissingTagValue);
        }
        (at, end) =
            find_unescaped(line, equals + 2, |b| matches!(b, b',' | b' ' | b'=')).ok_or(Reason::MissingFields)?;
        if end == b'=' {
            return Err(Reason::InvalidTagFormat);
        }
        layout.tags.push((start..equals, equals + 1..at));
    }
    sort_tags(line, layout)?;
    Ok(at)
}

fn sort_tags(line: &[u8], layout: &mut Layout) -> Result<(), Reason> {
    let key = |tag: &(Range<usize>, Range<usize>)| line.get(tag.0.clone()).unwrap_or_default();
    if let Some(tag) = layout.tags.iter().find(|tag| is_reserved_tag(key(tag))) {
        return Err(Reason::ReservedTagKey(quoted(key(tag))));
    }
    layout.tags.sort_unstable_by(|a, b| key(a).cmp(key(b)));
    if layout.tags.windows(2).any(|pair| matches!(pair, [a, b] if key(a) == key(b))) {
        return Err(Reason::DuplicateTags);
    }
    Ok(())
}

/// A text as Go quotes it, for the few that are told so.
fn quoted(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok("\0") => "\"\\x00\"".to_owned(),
        Ok(text) => format!("{text:?}"),
        Err(_) => format!("\"{}\"", bytes.escape_ascii()),
    }
}

/// Checks that the fields from `start` on are pairs with sound values; returns where they end.
fn count_fields(line: &[u8], start: usize) -> Result<usize, Reason> {
    let (mut i, mut quoted, mut equals, mut commas) = (start, false, 0usize, 0usize);
    while let Some(&byte) = line.get(i) {
        match byte {
            b'\\' if i + 1 < line.len() => i += 1,
            b'"' if equals > commas => quoted = !quoted,
            b'=' if !quoted => {
                equals += 1;
                let before = |n: usize| i.checked_sub(n).and_then(|j| line.get(j)).copied();
                if matches!(before(1), Some(b' ' | b',')) && before(2) != Some(b'\\') {
                    return Err(Reason::MissingFieldKey);
                }
                match line.get(i + 1) {
                    None | Some(b',' | b' ') => return Err(Reason::MissingFieldValue),
                    Some(b'"') => {}
                    Some(_) => {
                        i = scan_word(line, i + 1)?;
                        continue;
                    }
                }
            }
            b',' if !quoted => commas += 1,
            b' ' if !quoted => break,
            _ => {}
        }
        i += 1;
    }
    if quoted {
        return Err(Reason::UnbalancedQuotes);
    }
    if equals == 0 || commas != equals - 1 {
        return Err(Reason::InvalidFieldFormat);
    }
    Ok(i)
}

/// Checks the unquoted value at `start`; returns where it ends.
fn scan_word(line: &[u8], start: usize) -> Result<usize, Reason> {
    let rest = line.get(start..).unwrap_or_default();
    let length = rest.iter().position(|b| matches!(b, b',' | b' ')).unwrap_or(rest.len());
    number::value(rest.get(..length).unwrap_or_default())?;
    Ok(start + length)
}

/// Cuts the fields into names and values.
fn split_fields(line: &[u8], fields: Range<usize>, key_bytes: usize, layout: &mut Layout) -> Result<(), Reason> {
    layout.fields.clear();
    let section = line.get(..fields.end).unwrap_or(line);
    let mut at = fields.start;
    while at < section.len() {
        let equals = match section.get(at) {
            Some(b'=') => at,
            _ => find_unescaped(section, at + 1, |b| b == b'=').map_or(section.len(), |(i, _)| i),
        };
        if equals + 2 > section.len() {
            let key = section.get(at..equals).unwrap_or_default();
            return Err(Reason::InvalidValue(String::from_utf8_lossy(key).into_owned()));
        }
        let size = key_bytes + 4 + (equals - at);
        if size > MAX_KEY_BYTES {
            return Err(Reason::KeyTooLong(size));
        }
        let end = value_end(section, equals + 1);
        layout.fields.push((at..equals, equals + 1..end));
        at = end + 1;
    }
    Ok(())
}

/// Where the value at `start` ends: at a comma outside quotes.
fn value_end(section: &[u8], start: usize) -> usize {
    let (mut i, mut quoted) = (start, false);
    while let Some(&byte) = section.get(i) {
        match byte {
            b'\\' if matches!(section.get(i + 1), Some(b'"' | b'\\')) => i += 1,
            b'"' => quoted = !quoted,
            b',' if !quoted => break,
            _ => {}
        }
        i += 1;
    }
    i.min(section.len())
}

/// The timestamp behind the fields, if there is one.
fn scan_time(line: &[u8], from: usize, scale: i64) -> Result<Option<i64>, Reason> {
    let start = skip_blanks(line, from);
    let rest = line.get(start..).unwrap_or_default();
    let length = rest.iter().position(|b| matches!(b, b'\n' | b' ')).unwrap_or(rest.len());
    let (word, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    let time = match word {
        [] => None,
        _ => Some(scale_time(number::time(word)?, scale).ok_or(Reason::TimestampRange)?),
    };
    if behind.iter().any(|&b| b != b' ') {
        return Err(Reason::TextAfterTimestamp);
    }
    Ok(time)
}

fn build<'a>(line: &'a str, layout: &Layout, point: &mut Point<'a>) -> Result<(), Reason> {
    let part = |range: &Range<usize>| line.get(range.clone()).unwrap_or_default();
    point.measurement = unescape(part(&layout.measurement), b", ");
    point.tags.clear();
    point.tags.extend(layout.tags.iter().map(|(k, v)| (unescape(part(k), b", ="), unescape(part(v), b", ="))));
    // The server orders tags as written; the model orders them as meant, which differs only around escapes.
    point.tags.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    point.fields.clear();
    for (key, value) in &layout.fields {
        let key = unescape(part(key), b", =\"");
        let value = match part(value).strip_prefix('"') {
            Some(rest) => FieldValue::String(string(rest).ok_or_else(|| Reason::TextAfterString(key.clone().into()))?),
            None => number::value(part(value).as_bytes())?,
        };
        point.fields.push((key, value));
    }
    point.time = layout.time;
    Ok(())
}

/// Drops the backslash before each of `escaped`; any other stays.
fn unescape<'a>(text: &'a str, escaped: &[u8]) -> Cow<'a, str> {
    if memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let next = rest.as_bytes().get(at + 1);
        let kept = if next.is_some_and(|b| escaped.contains(b)) { at } else { at + 1 };
        out.push_str(rest.get(..kept).unwrap_or_default());
        // An escaped byte goes along, so that it is not taken for a backslash itself.
        let taken = if kept == at { at + 2 } else { at + 1 };
        out.push_str(rest.get(at + 1..taken).unwrap_or_default());
        rest = rest.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The text of a quoted value from behind its opening quote; `None` when its closing quote is not its last byte.
fn string(rest: &str) -> Option<Cow<'_, str>> {
    let bytes = rest.as_bytes();
    let mut i = 0;
    loop {
        i += memchr::memchr2(b'"', b'\\', bytes.get(i..)?)?;
        match bytes.get(i) {
            Some(b'"') => break,
            _ if matches!(bytes.get(i + 1), Some(b'"' | b'\\')) => i += 2,
            _ => i += 1,
        }
    }
    (i + 1 == bytes.len()).then(|| unescape(rest.get(..i).unwrap_or_default(), b"\"\\"))
}
