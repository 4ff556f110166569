//! Our index of a partition: what the row groups hold, and checksums of every column chunk.
//!
//! The bytes are described in `docs/format.md`. They lie between the last row group and Parquet's page index, where
//! other readers do not look.

use super::RowGroupMeta;

/// Bytes that one checksum covers: a chunk of a column is cut into blocks of this size, from its own start.
pub(super) const BLOCK_BYTES: usize = 65_536;

/// Values of one tag that the index lists at most; a column with more has only marks of presence.
pub(super) const MAX_TAG_VALUES: usize = 8_192;
/// Bytes of values of one tag that the index lists at most.
pub(super) const MAX_TAG_VALUE_BYTES: usize = 256 * 1024;

/// Larger indexes are refused: nothing writes them.
const MAX_INDEX_BYTES: usize = 256 << 20;

/// A set of small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    pub(super) fn set(&mut self, at: usize) {
        if self.words.len() <= at / 64 {
            self.words.resize(at / 64 + 1, 0);
        }
        if let Some(word) = self.words.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    pub(super) fn get(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    pub(super) fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.words
            .iter()
            .enumerate()
            .flat_map(|(at, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit))
    }

    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether some number is in both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }

    /// Whether every number of this one is in `other`.
    pub(super) fn within(&self, other: &Self) -> bool {
        self.words.iter().enumerate().all(|(at, word)| word & !other.words.get(at).copied().unwrap_or(0) == 0)
    }

    fn put(&self, len: usize, out: &mut Vec<u8>) {
        let bytes = self.words.iter().flat_map(|word| word.to_le_bytes());
        out.extend(bytes.chain(std::iter::repeat(0)).take(len.div_ceil(8)));
    }

    fn take(len: usize, input: &mut Input<'_>) -> Result<Self, String> {
        let bytes = input.bytes(len.div_ceil(8))?;
        let word = |chunk: &[u8]| chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let mut words: Vec<u64> = bytes.chunks(8).map(word).collect();
        words.truncate(words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1));
        Ok(Self { words })
    }
}

/// What the index knows of one tag column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TagIndex {
    /// All values, ascending by bytes; per row group the places of those in it, and `values.len()` if rows lack the tag.
    Values { values: Vec<String>, row_groups: Vec<Bits> },
    /// Too many values; per row group whether rows lack the tag, and whether rows have it.
    Presence { row_groups: Vec<(bool, bool)> },
}

/// The index of a partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) row_groups: Vec<RowGroupMeta>,
    /// Distinct sets of tags that rows have, as places of tag columns; ordered.
    pub(super) tag_sets: Vec<Bits>,
    /// Per row group the places in `tag_sets` of those in it.
    pub(super) row_group_sets: Vec<Bits>,
    /// One for each tag column.
    pub(super) tags: Vec<TagIndex>,
    /// Per row group and column, one CRC32C for each block.
    pub(super) checksums: Vec<Vec<Vec<u32>>>,
}

impl Index {
    /// Bytes that it takes in memory, roughly.
    pub(super) fn memory_bytes(&self) -> usize {
        let bits = |all: &[Bits]| all.iter().map(|bits| bits.words.len() * 8 + 24).sum::<usize>();
        let tag = |tag: &TagIndex| match tag {
            TagIndex::Values { values, row_groups } => {
                values.iter().map(|value| value.len() + 24).sum::<usize>() + bits(row_groups)
            }
            TagIndex::Presence { row_groups } => 2 * row_groups.len(),
        };
        let sums = self.checksums.iter().flatten().map(|sums| 4 * sums.len() + 24).sum::<usize>();
        let groups = 40 * self.row_groups.len();
        groups + bits(&self.tag_sets) + bits(&self.row_group_sets) + self.tags.iter().map(tag).sum::<usize>() + sums
    }

    /// The bytes in the file.
    pub(super) fn encode(&self) -> std::io::Result<Vec<u8>> {
        let mut out = Vec::new();
        put_count(self.row_groups.len(), &mut out);
        for group in &self.row_groups {
            out.extend(group.first_time.to_le_bytes());
            out.extend(group.last_time.to_le_bytes());
            put_varint(group.rows, &mut out);
            put_varint(group.series, &mut out);
        }
        put_count(self.tags.len(), &mut out);
        put_count(self.tag_sets.len(), &mut out);
        self.tag_sets.iter().for_each(|set| set.put(self.tags.len(), &mut out));
        self.row_group_sets.iter().for_each(|sets| sets.put(self.tag_sets.len(), &mut out));
        self.tags.iter().for_each(|tag| tag.put(&mut out));
        put_count(self.checksums.first().map_or(0, Vec::len), &mut out);
        for checksums in self.checksums.iter().flatten() {
            put_count(checksums.len(), &mut out);
            checksums.iter().for_each(|sum| out.extend(sum.to_le_bytes()));
        }
        let mut packed = (out.len() as u32).to_le_bytes().to_vec();
        packed.extend(zstd::bulk::compress(&out, 3)?);
        Ok(packed)
    }

    /// Reads what [`Index::encode`] gave; or says what is wrong with it.
    pub(super) fn decode(packed: &[u8]) -> Result<Self, String> {
        let mut packed = Input { rest: packed };
        let size = packed.u32()? as usize;
        if size > MAX_INDEX_BYTES {
            return Err(format!("the index claims {size} bytes"));
        }
        let raw = zstd::bulk::decompress(packed.rest, size).map_err(|e| format!("the index does not unpack: {e}"))?;
        let mut input = Input { rest: &raw };
        let index = Self::take(&mut input)?;
        if input.rest.is_empty() { Ok(index) } else { Err("the index has bytes left over".to_owned()) }
    }

    fn take(input: &mut Input<'_>) -> Result<Self, String> {
        let groups = input.count()?;
        let row_groups = (0..groups).map(|_| take_row_group(input)).collect::<Result<Vec<_>, _>>()?;
        let tag_count = input.count()?;
        let set_count = input.count()?;
        let tag_sets = (0..set_count).map(|_| Bits::take(tag_count, input)).collect::<Result<Vec<_>, _>>()?;
        let row_group_sets = (0..groups).map(|_| Bits::take(set_count, input)).collect::<Result<Vec<_>, _>>()?;
        let tags = (0..tag_count).map(|_| TagIndex::take(groups, input)).collect::<Result<Vec<_>, _>>()?;
        let columns = input.count()?;
        let checksums = (0..groups)
            .map(|_| (0..columns).map(|_| take_checksums(input)).collect::<Result<Vec<_>, _>>())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { row_groups, tag_sets, row_group_sets, tags, checksums })
    }
}

fn take_row_group(input: &mut Input<'_>) -> Result<RowGroupMeta, String> {
    let (first_time, last_time) = (input.i64()?, input.i64()?);
    Ok(RowGroupMeta { first_time, last_time, rows: input.varint()?, series: input.varint()? })
}

fn take_checksums(input: &mut Input<'_>) -> Result<Vec<u32>, String> {
    let blocks = input.count()?;
    (0..blocks).map(|_| input.u32()).collect()
}

impl TagIndex {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Presence { row_groups } => {
                out.push(0);
                out.extend(row_groups.iter().map(|(absent, present)| u8::from(*absent) | u8::from(*present) << 1));
            }
            Self::Values { values, row_groups } => {
                out.push(1);
                put_count(values.len(), out);
                let mut last: &[u8] = b"";
                for value in values {
                    let shared = last.iter().zip(value.as_bytes()).take_while(|(a, b)| a == b).count();
                    let rest = value.as_bytes().get(shared..).unwrap_or_default();
                    put_count(shared, out);
                    put_count(rest.len(), out);
                    out.extend_from_slice(rest);
                    last = value.as_bytes();
                }
                row_groups.iter().for_each(|group| group.put(values.len() + 1, out));
            }
        }
    }

    fn take(groups: usize, input: &mut Input<'_>) -> Result<Self, String> {
        match input.u8()? {
            0 => {
                let marks = input.bytes(groups)?;
                Ok(Self::Presence { row_groups: marks.iter().map(|mark| (mark & 1 != 0, mark & 2 != 0)).collect() })
            }
            1 => {
                let count = input.count()?;
                let mut values: Vec<String> = Vec::new();
                for _ in 0..count {
                    let shared = input.count()?;
                    let len = input.count()?;
                    let mut value = values
                        .last()
                        .map_or("", String::as_str)
                        .as_bytes()
                        .get(..shared)
                        .ok_or("a value of the index is damaged")?
                        .to_vec();
                    value.extend_from_slice(input.bytes(len)?);
                    values.push(String::from_utf8(value).map_err(|_| "a value of the index is not UTF-8")?);
                }
                let row_groups = (0..groups).map(|_| Bits::take(count + 1, input)).collect::<Result<Vec<_>, _>>()?;
                Ok(Self::Values { values, row_groups })
            }
            other => Err(format!("the index has a tag of unknown kind {other}")),
        }
    }
}

fn put_count(value: usize, out: &mut Vec<u8>) {
    put_varint(value as u64, out);
}

/// Unsigned LEB128.
fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    fn bytes(&mut self, len: usize) -> Result<&'a [u8], String> {
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or("the index ends early")?;
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.bytes(N)?.try_into().map_err(|_| "the index ends early".to_owned())
    }

    fn u8(&mut self) -> Result<u8, String> {
        Ok(self.array::<1>()?[0])
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_le_bytes)
    }

    fn i64(&mut self) -> Result<i64, String> {
        self.array().map(i64::from_le_bytes)
    }

    fn varint(&mut self) -> Result<u64, String> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("a number of the index is too long".to_owned())
    }

    /// A count of things of which each takes space or that is small: never more than the index could hold.
    fn count(&mut self) -> Result<usize, String> {
        let count = self.varint()?;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= MAX_INDEX_BYTES)
            .ok_or_else(|| format!("the index counts {count}"))
    }
}
