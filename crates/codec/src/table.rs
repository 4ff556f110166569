//! Streams of tables as they leave a query: what the annotated-CSV writer and every client of the engine consume.

use std::sync::Arc;

use arrow_array::RecordBatch;

/// The type of a table's column. Arrow types: `Boolean`, `Int64`, `UInt64`, `Float64`, `Utf8View`,
/// `Timestamp(Nanosecond, "UTC")`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Boolean.
    Boolean,
    /// Signed 64-bit integer.
    Long,
    /// Unsigned 64-bit integer.
    UnsignedLong,
    /// IEEE 754 double.
    Double,
    /// UTF-8 text.
    String,
    /// Nanoseconds since 1970.
    Time,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TableColumn {
    /// Its label, unique in the table.
    pub name: String,
    /// The type of its values.
    pub data_type: ColumnType,
    /// Whether it belongs to the group key.
    pub in_key: bool,
}

/// The columns of a table, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableSchema {
    /// The columns.
    pub columns: Vec<TableColumn>,
}

/// One step of an answer. Order: `Result`, then for each table `Table` and any number of `Rows`, then the next `Result`.
#[derive(Debug, Clone)]
pub enum Event {
    /// A result begins; its name.
    Result(Arc<str>),
    /// A table begins. `key` has one row: the values of the key columns, in table order, one column each (what an
    /// empty table shows in `#default`).
    Table {
        /// Its columns.
        schema: Arc<TableSchema>,
        /// Its group key, one row.
        key: RecordBatch,
    },
    /// Rows of the table that began last; columns as in its schema.
    Rows(RecordBatch),
    /// The answer ends here with an error after its first byte.
    Error(String),
}
