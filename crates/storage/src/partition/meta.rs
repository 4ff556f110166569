//! What is known of a partition without reading its rows.

use model::FieldType;
use serde::{Deserialize, Serialize};

/// What a partition holds. Comes from the file's footer; a manifest may keep a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionMeta {
    /// The measurement's true name.
    pub measurement: String,
    /// All tag keys in the order of the columns.
    pub tag_keys: Vec<String>,
    /// The distinct sets of tag keys that rows have, each in the order of `tag_keys`; ordered.
    pub tag_sets: Vec<Vec<String>>,
    /// Fields in the order of the columns. A field has one type in a file.
    #[serde(with = "field_list")]
    pub fields: Vec<(String, FieldType)>,
    /// Earliest time, nanoseconds.
    pub first_time: i64,
    /// Latest time, nanoseconds, inclusive.
    pub last_time: i64,
    /// Rows.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// Row groups in the order of the file.
    pub row_groups: Vec<RowGroupMeta>,
}

/// One row group of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowGroupMeta {
    /// Earliest time, nanoseconds.
    pub first_time: i64,
    /// Latest time, nanoseconds, inclusive.
    pub last_time: i64,
    /// Rows.
    pub rows: u64,
    /// Runs of one series after another: the number of series if the rows came sorted, else more.
    pub series: u64,
}

/// What the index of a partition knows, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexSummary {
    /// Bytes that it takes in the file.
    pub bytes: u64,
    /// Distinct sets of tags that rows have.
    pub tag_sets: usize,
    /// Tags whose values it lists, with their number.
    pub listed: Vec<(String, usize)>,
    /// Tags with too many values to list.
    pub unlisted: Vec<String>,
}

mod field_list {
    use model::FieldType;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(fields: &[(String, FieldType)], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(fields.iter().map(|(name, kind)| (name, kind.name())))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<(String, FieldType)>, D::Error> {
        let pairs = Vec::<(String, String)>::deserialize(input)?;
        let typed = |(name, kind): (String, String)| match FieldType::from_name(&kind) {
            Some(kind) => Ok((name, kind)),
            None => Err(D::Error::custom(format!("unknown field type {kind:?} of field {name:?}"))),
        };
        pairs.into_iter().map(typed).collect()
    }
}
