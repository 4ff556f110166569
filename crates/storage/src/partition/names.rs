//! Names on disk: the folder of a measurement and the columns of its files.

use std::collections::HashSet;

use model::FieldType;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Longest folder name that still shows the measurement's name.
const FOLDER_BYTES: usize = 100;

/// What stays as it is in a folder name besides letters and digits. A dot does too, but not at the front.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The folder of a measurement: its name percent-encoded (a dot at the front and the `m` of a leading `manifest` as well,
/// so that it hides from nobody and meets no manifest), or, if that is longer than 100 bytes, up to 80 bytes of it (not
/// cutting an escape), `~` and 16 hexadecimal digits of a hash (FNV-1a, 64 bits) of the whole name. `~` never stands in
/// an encoded name, so the two kinds cannot meet. The empty name is `~`.
pub fn measurement_folder(measurement: &str) -> String {
    if measurement.is_empty() {
        return "~".to_owned();
    }
    let mut folder = utf8_percent_encode(measurement, ESCAPED).to_string();
    if folder.starts_with('.') {
        folder.replace_range(..1, "%2E");
    }
    if folder.starts_with("manifest") {
        folder.replace_range(..1, "%6D");
    }
    if folder.len() <= FOLDER_BYTES {
        return folder;
    }
    let start = (78..=80).rev().find(|&end| {
        let tail = folder.get(end - 2..end).unwrap_or("");
        !tail.contains('%')
    });
    folder.truncate(start.unwrap_or(78));
    format!("{folder}~{:016x}", fnv1a(measurement.as_bytes()))
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Time,
    Tag,
    Field(FieldType),
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Tag => "tag",
            Self::Field(_) => "field",
        }
    }
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// The name in the file.
    pub(super) name: String,
    /// The key or name it stands for.
    pub(super) true_name: String,
    pub(super) role: Role,
}

/// The columns of a file: time, tags, fields. A column has its own name unless that is taken without regard to case; then
/// `:tag` or `:field` is appended until it is free.
pub(super) fn columns(tag_keys: &[String], fields: &[(String, FieldType)]) -> Vec<Column> {
    let tags = tag_keys.iter().map(|key| (key, Role::Tag));
    let fields = fields.iter().map(|(name, kind)| (name, Role::Field(*kind)));
    let mut taken = HashSet::from(["time".to_owned()]);
    let mut columns = vec![Column { name: "time".to_owned(), true_name: "time".to_owned(), role: Role::Time }];
    for (true_name, role) in tags.chain(fields) {
        let mut name = true_name.clone();
        while !taken.insert(name.to_lowercase()) {
            name.push(':');
            name.push_str(role.name());
        }
        columns.push(Column { name, true_name: true_name.clone(), role });
    }
    columns
}
