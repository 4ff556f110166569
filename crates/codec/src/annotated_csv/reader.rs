//! The reader behind Flux's `csv.from(csv: ...)`: annotated CSV -> tables.
//!
//! A block is annotation rows (`#datatype`, `#group` and `#default` in any order, unknown ones are skipped), a header
//! and rows; the next annotation row begins the next block. A table is a run of rows with one table number; the columns
//! of its group key take their values from its first row, or from `#default`. A block without rows is an empty table,
//! keyed by its defaults. An empty cell is its column's default, else null.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema};

use super::column::{ColumnBuilder, data_type_of};
use super::records::Records;
use crate::table::{ColumnType, TableColumn, TableSchema};

/// A table of a CSV text.
#[derive(Debug, Clone)]
pub struct CsvTable {
    /// Its columns.
    pub schema: Arc<TableSchema>,
    /// One row: the values of the key columns, in table order.
    pub key: RecordBatch,
    /// All rows; none for an empty table.
    pub batch: RecordBatch,
}

/// What a CSV text holds: its tables up to the first error.
#[derive(Debug, Default)]
pub struct CsvTables {
    /// The tables, in their order.
    pub tables: Vec<CsvTable>,
    /// What ended the reading early.
    pub error: Option<CsvError>,
}

/// Why a text is no annotated CSV, in Flux's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// A block's head is wrong.
    #[error("error in csv.from(): failed to read metadata: {0}")]
    Metadata(MetadataError),
    /// A cell is no value of its column's type.
    #[error("error in csv.from(): {0}")]
    Value(String),
    /// A row has more or fewer cells than its header.
    #[error("error in csv.from(): wrong number of fields")]
    FieldCount,
    /// A block without rows and without a table number in `#default`.
    #[error("error in csv.from(): missing table ID")]
    TableId,
    /// The text holds tables of two results.
    #[error("error in csv.from(): csv.from() can only parse 1 result")]
    SecondResult,
    /// The text is itself an answer that ended in an error; its message.
    #[error("error in csv.from(): {0}")]
    Recorded(String),
}

/// What is wrong with a block's head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The annotation's name.
    #[error(
        "missing expected annotation {0}. consider using the mode: \"raw\" for csv that is not expected to have annotations."
    )]
    MissingAnnotation(&'static str),
    /// Annotation rows of different lengths, or too short.
    #[error("failed to read annotations: wrong number of fields")]
    AnnotationFields,
    /// A header that is longer or shorter than its annotations.
    #[error("failed to read header row: wrong number of fields")]
    HeaderFields,
    /// The text ends behind the annotations.
    #[error("missing expected header row")]
    MissingHeader,
    /// The table number in `#default` is no number.
    #[error("default Table ID is not an integer")]
    DefaultTableId,
    /// A column of an unknown type.
    #[error("column {column:?} has invalid datatype: unsupported data type {found:?}")]
    DataType {
        /// The column's name.
        column: String,
        /// The type that is not one.
        found: String,
    },
    /// A default that is no value of its column's type.
    #[error("column {column:?} has invalid default value: {reason}")]
    DefaultValue {
        /// The column's name.
        column: String,
        /// What is wrong with its default.
        reason: String,
    },
}

impl From<MetadataError> for CsvError {
    fn from(error: MetadataError) -> Self {
        Self::Metadata(error)
    }
}

/// Cells before the first column of a table: annotation, result, table.
const LEADING: usize = 3;
const BYTE_ORDER_MARK: char = '\u{feff}';

type Record<'a> = Vec<Cow<'a, str>>;

/// The head of a block.
struct Block {
    schema: Arc<TableSchema>,
    result: String,
    table: String,
    defaults: Vec<String>,
    /// Cells of a row, the leading ones included.
    width: usize,
}

/// Reads annotated CSV; all tables must belong to one result.
pub fn read_annotated(text: &str) -> CsvTables {
    let mut tables = Vec::new();
    let error = annotated(text, &mut tables).err();
    CsvTables { tables, error }
}

/// Reads plain CSV (`mode: "raw"`): one table of text columns, named by the first row.
pub fn read_raw(text: &str) -> CsvTables {
    let mut tables = Vec::new();
    let error = raw(text, &mut tables).err();
    CsvTables { tables, error }
}

fn annotated(text: &str, tables: &mut Vec<CsvTable>) -> Result<(), CsvError> {
    let mut records = Records::new(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text), b',').peekable();
    let mut result: Option<String> = None;
    while records.peek().is_some() {
        let Some(block) = read_head(&mut records)? else { return Ok(()) };
        if result.get_or_insert_with(|| block.result.clone()) != &block.result {
            return Err(CsvError::SecondResult);
        }
        read_tables(&block, &mut records, tables)?;
    }
    Ok(())
}

/// The annotations and the header of a block; `None` at the end of the text.
fn read_head<'a>(records: &mut impl Iterator<Item = Record<'a>>) -> Result<Option<Block>, CsvError> {
    let (mut types, mut groups, mut defaults): (Option<Record<'_>>, Option<Record<'_>>, Option<Record<'_>>) =
        (None, None, None);
    let mut width = None;
    loop {
        let missing = match (&types, &groups, &defaults) {
            (None, ..) => "datatype",
            (_, None, _) => "group",
            (.., None) => "default",
            _ => break,
        };
        let Some(record) = records.next() else {
            let nothing = types.is_none() && groups.is_none() && defaults.is_none();
            return if nothing { Ok(None) } else { Err(MetadataError::MissingAnnotation(missing).into()) };
        };
        match record.first().map(AsRef::as_ref) {
            _ if *width.get_or_insert(record.len()) != record.len() => {
                return Err(MetadataError::AnnotationFields.into());
            }
            Some("#datatype" | "datatype") => types = Some(record),
            Some("#group" | "group") => groups = Some(record),
            Some("#default" | "default") => defaults = Some(record),
            Some(other) if other.starts_with('#') => {}
            _ => return Err(MetadataError::MissingAnnotation(missing).into()),
        }
    }
    let (types, groups, defaults) =
        (types.unwrap_or_default(), groups.unwrap_or_default(), defaults.unwrap_or_default());
    let header = records.next().ok_or(MetadataError::MissingHeader)?;
    if header.len() != types.len() {
        return Err(MetadataError::HeaderFields.into());
    }
    if header.get(1).is_some_and(|name| name == "error") {
        let message = records.next().and_then(|row| row.get(1).map(|m| m.clone().into_owned()));
        return Err(CsvError::Recorded(message.unwrap_or_else(|| "unexpected EOF".to_owned())));
    }
    if header.len() < LEADING {
        return Err(MetadataError::AnnotationFields.into());
    }
    head(&types, &groups, &defaults, &header).map(Some).map_err(CsvError::from)
}

fn head(
    types: &[Cow<'_, str>],
    groups: &[Cow<'_, str>],
    defaults: &[Cow<'_, str>],
    header: &[Cow<'_, str>],
) -> Result<Block, MetadataError> {
    let text = |cells: &[Cow<'_, str>], i: usize| cells.get(i).map(|c| c.clone().into_owned()).unwrap_or_default();
    let table = text(defaults, 2);
    if !table.is_empty() && table.parse::<i64>().is_err() {
        return Err(MetadataError::DefaultTableId);
    }
    let mut columns = Vec::new();
    for (i, name) in header.iter().enumerate().skip(LEADING) {
        let found = text(types, i);
        let data_type = column_type(&found)
            .ok_or_else(|| MetadataError::DataType { column: name.clone().into_owned(), found: found.clone() })?;
        let default = text(defaults, i);
        if !default.is_empty() {
            ColumnBuilder::new(data_type)
                .push(&default)
                .map_err(|reason| MetadataError::DefaultValue { column: name.clone().into_owned(), reason })?;
        }
        let in_key = groups.get(i).is_some_and(|g| g == "true");
        columns.push(TableColumn { name: name.clone().into_owned(), data_type, in_key });
    }
    Ok(Block {
        schema: Arc::new(TableSchema { columns }),
        result: text(defaults, 1),
        table,
        defaults: defaults.iter().skip(LEADING).map(|d| d.clone().into_owned()).collect(),
        width: header.len(),
    })
}

/// A type by its name; times may name the format that they all have, RFC 3339.
fn column_type(name: &str) -> Option<ColumnType> {
    Some(match name {
        "boolean" => ColumnType::Boolean,
        "long" => ColumnType::Long,
        "unsignedLong" => ColumnType::UnsignedLong,
        "double" => ColumnType::Double,
        "string" => ColumnType::String,
        "dateTime" | "dateTime:RFC3339" | "dateTime:RFC3339Nano" => ColumnType::Time,
        _ => return None,
    })
}

/// The tables of a block, up to the next annotation row.
fn read_tables<'a, I: Iterator<Item = Record<'a>>>(
    block: &Block,
    records: &mut std::iter::Peekable<I>,
    tables: &mut Vec<CsvTable>,
) -> Result<(), CsvError> {
    let mut open: Option<(String, TableBuilder<'_>)> = None;
    while let Some(record) = records.next_if(|r| r.first().is_none_or(|cell| cell.is_empty())) {
        if record.len() != block.width {
            return Err(CsvError::FieldCount);
        }
        let number = record.get(2).map(AsRef::as_ref).unwrap_or_default();
        let (_, builder) = match &mut open {
            Some(table) if number.is_empty() || table.0 == number => table,
            open => {
                if let Some((_, table)) = open.take() {
                    tables.push(table.finish()?);
                }
                open.insert((number.to_owned(), TableBuilder::new(block)))
            }
        };
        builder.push(record.get(LEADING..).unwrap_or_default())?;
    }
    match open {
        Some((_, table)) => tables.push(table.finish()?),
        None if block.table.is_empty() => return Err(CsvError::TableId),
        None => tables.push(TableBuilder::new(block).finish()?),
    }
    Ok(())
}

fn raw(text: &str, tables: &mut Vec<CsvTable>) -> Result<(), CsvError> {
    let mut records = Records::new(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text), b',');
    let Some(header) = records.next() else { return Ok(()) };
    let column = |name: &Cow<'_, str>| TableColumn {
        name: name.clone().into_owned(),
        data_type: ColumnType::String,
        in_key: false,
    };
    let block = Block {
        schema: Arc::new(TableSchema { columns: header.iter().map(column).collect() }),
        result: String::new(),
        table: String::new(),
        defaults: vec![String::new(); header.len()],
        width: header.len(),
    };
    let mut table = TableBuilder::new(&block);
    for record in records {
        if record.len() != block.width {
            return Err(CsvError::FieldCount);
        }
        table.push(&record)?;
    }
    tables.push(table.finish()?);
    Ok(())
}

/// Gathers the rows of one table.
struct TableBuilder<'b> {
    block: &'b Block,
    columns: Vec<ColumnBuilder>,
    key: Vec<ColumnBuilder>,
    rows: usize,
}

impl<'b> TableBuilder<'b> {
    fn new(block: &'b Block) -> Self {
        let columns = &block.schema.columns;
        Self {
            block,
            columns: columns.iter().map(|c| ColumnBuilder::new(c.data_type)).collect(),
            key: columns.iter().filter(|c| c.in_key).map(|c| ColumnBuilder::new(c.data_type)).collect(),
            rows: 0,
        }
    }

    fn push(&mut self, cells: &[Cow<'_, str>]) -> Result<(), CsvError> {
        if self.rows == 0 {
            self.push_key(cells)?;
        }
        let defaults = self.block.defaults.iter();
        for ((column, cell), default) in self.columns.iter_mut().zip(cells).zip(defaults) {
            column.push(if cell.is_empty() { default } else { cell }).map_err(CsvError::Value)?;
        }
        self.rows += 1;
        Ok(())
    }

    fn push_key(&mut self, cells: &[Cow<'_, str>]) -> Result<(), CsvError> {
        let in_key =
            self.block.schema.columns.iter().zip(&self.block.defaults).enumerate().filter(|(_, (c, _))| c.in_key);
        for (builder, (i, (_, default))) in self.key.iter_mut().zip(in_key) {
            let cell = cells.get(i).map(AsRef::as_ref).filter(|c: &&str| !c.is_empty());
            builder.push(cell.unwrap_or(default)).map_err(CsvError::Value)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<CsvTable, CsvError> {
        if self.rows == 0 {
            self.push_key(&[])?;
        }
        let schema = Arc::clone(&self.block.schema);
        let key_columns: Vec<_> = schema.columns.iter().filter(|c| c.in_key).collect();
        let key = batch(&key_columns, self.key, 1)?;
        let all: Vec<_> = schema.columns.iter().collect();
        let batch = batch(&all, self.columns, self.rows)?;
        Ok(CsvTable { schema, key, batch })
    }
}

fn batch(columns: &[&TableColumn], builders: Vec<ColumnBuilder>, rows: usize) -> Result<RecordBatch, CsvError> {
    let fields: Vec<_> = columns.iter().map(|c| Field::new(&c.name, data_type_of(c.data_type), true)).collect();
    let arrays: Vec<ArrayRef> = builders.into_iter().map(ColumnBuilder::finish).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
        .map_err(|e| CsvError::Value(e.to_string()))
}
