//! The end of a file: index, Parquet's page index and footer, and the checksum that covers all of it.

use super::PartitionMeta;
use super::index::Index;
use super::names::{Column, Role};

/// Key in the footer: the measurement's true name.
pub(super) const MEASUREMENT_KEY: &str = "tidegauge.measurement";
/// Key in the footer: offset and length of the index, decimal.
pub(super) const INDEX_KEY: &str = "tidegauge.index";
/// Key in the footer: version, offset of the tail, checksum of the tail.
pub(super) const CHECK_KEY: &str = "tidegauge.check";

/// The checksum covers the tail with these digits in its own place.
const NO_SUM: &[u8; 8] = b"00000000";

/// `v1 TTTTTTTTTTTTTTTT CCCCCCCC`: the offset of the tail and its CRC32C, in hexadecimal digits.
pub(super) fn check_value(tail: u64, sum: u32) -> String {
    format!("v{} {tail:016x} {sum:08x}", super::FORMAT_VERSION)
}

/// Puts the checksum into a tail that was written without it.
pub(super) fn seal(tail: &mut [u8], start: u64) -> Result<(), String> {
    let sum = crc32c::crc32c(tail);
    let unsealed = check_value(start, 0);
    let at = rfind(tail, unsealed.as_bytes()).ok_or("the footer lacks its checksum")?;
    let sealed = check_value(start, sum);
    let place = tail.get_mut(at..at + sealed.len()).ok_or("the footer lacks its checksum")?;
    place.copy_from_slice(sealed.as_bytes());
    Ok(())
}

/// What the footer says of the tail, before anything was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) tail: u64,
    sum: u32,
    /// Where the digits of the checksum stand in the footer.
    digits: usize,
}

/// Why there is no [`Check`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoCheck {
    Missing,
    Version(u32),
}

impl Check {
    /// Finds it in the bytes of a footer.
    pub(super) fn find(footer: &[u8]) -> Result<Self, NoCheck> {
        // Thrift's compact form has two bytes between the key and the value: a field's head and the length.
        let at = rfind(footer, CHECK_KEY.as_bytes()).ok_or(NoCheck::Missing)? + CHECK_KEY.len() + 2;
        let value = footer.get(at..).unwrap_or_default();
        let value = value.get(..value.len().min(32)).unwrap_or_default();
        let digits = value.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
        let version = value.get(1..1 + digits).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        match (value.first(), version) {
            (Some(b'v'), Some(super::FORMAT_VERSION)) => {}
            (Some(b'v'), Some(version)) => return Err(NoCheck::Version(version)),
            _ => return Err(NoCheck::Missing),
        }
        let numbers = value.get(1 + digits..).ok_or(NoCheck::Missing)?;
        let tail = hex(numbers.get(1..17)).ok_or(NoCheck::Missing)?;
        let sum = hex(numbers.get(18..26)).ok_or(NoCheck::Missing)?;
        Ok(Self { tail, sum: u32::try_from(sum).map_err(|_| NoCheck::Missing)?, digits: at + 1 + digits + 18 })
    }

    /// Whether `tail`, of which the last `footer_len` bytes are the footer and `after` bytes follow it, is what was written.
    pub(super) fn holds(&self, tail: &[u8], footer_at: usize) -> bool {
        let from = footer_at + self.digits;
        let (Some(before), Some(after)) = (tail.get(..from), tail.get(from + NO_SUM.len()..)) else { return false };
        let sum = crc32c::crc32c_append(crc32c::crc32c_append(crc32c::crc32c(before), NO_SUM), after);
        sum == self.sum
    }
}

fn hex(digits: Option<&[u8]>) -> Option<u64> {
    let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn rfind(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).rposition(|window| window == part)
}

/// What a file holds.
pub(super) fn meta(measurement: &str, columns: &[Column], index: &Index, bytes: u64) -> PartitionMeta {
    let names =
        |wanted: Role| columns.iter().filter(move |column| column.role == wanted).map(|column| &column.true_name);
    let tag_keys: Vec<String> = names(Role::Tag).cloned().collect();
    let fields = columns.iter().filter_map(|column| match column.role {
        Role::Field(kind) => Some((column.true_name.clone(), kind)),
        _ => None,
    });
    let tag_sets =
        index.tag_sets.iter().map(|set| set.ones().filter_map(|at| tag_keys.get(at).cloned()).collect()).collect();
    PartitionMeta {
        measurement: measurement.to_owned(),
        tag_sets,
        fields: fields.collect(),
        first_time: index.row_groups.iter().map(|group| group.first_time).min().unwrap_or_default(),
        last_time: index.row_groups.iter().map(|group| group.last_time).max().unwrap_or_default(),
        rows: index.row_groups.iter().map(|group| group.rows).sum(),
        bytes,
        row_groups: index.row_groups.clone(),
        tag_keys,
    }
}
