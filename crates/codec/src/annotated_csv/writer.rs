//! The writer of answers: events of a stream of tables -> annotated CSV, byte for byte as InfluxDB 2 writes it.
//!
//! ```text
//! #datatype,string,long,dateTime:RFC3339,double,string      annotations, in the order asked
//! #group,false,false,false,false,true
//! #default,_result,,,,
//! ,result,table,_time,_value,_field                         header
//! ,,0,2024-01-01T00:00:00Z,1.5,f                            rows; their result cell is empty under #default
//!                                                           an empty line ends the result
//! ```
//!
//! Lines end in CRLF. A new block (empty line, annotations, header) begins only when the columns, their types or the
//! group key's columns change, or when this or the last table is empty: an empty table stands in `#default` alone.
//! Cells that are constant in a table (the result, its number, the group key) are formatted once for each table.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int64Type, TimestampNanosecondType, UInt64Type};
use arrow_array::{
    Array, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, StringViewArray, TimestampNanosecondArray,
    UInt64Array,
};

use super::{Annotation, Dialect, cell};
use crate::rfc3339::TimeFormat;
use crate::table::{ColumnType, Event, TableColumn, TableSchema};

const LINE_END: &[u8] = b"\r\n";

/// Writes one answer.
#[derive(Debug)]
pub struct Writer {
    dialect: Dialect,
    /// Name of the result that is open.
    result: Option<Arc<str>>,
    /// Number of the next table in it.
    next_table: u64,
    /// The table that began last in this result: its columns, and whether it was empty.
    last: Option<(Arc<TableSchema>, bool)>,
    /// A table of which no row came yet.
    waiting: Option<(Arc<TableSchema>, RecordBatch)>,
    row: Vec<Segment>,
    times: TimeFormat,
    written: bool,
    failed: bool,
}

/// A piece of every row of a table.
#[derive(Debug)]
enum Segment {
    /// Constant cells and delimiters.
    Text(Vec<u8>),
    /// A column's value.
    Column(usize),
}

/// A column of a batch by its type.
enum Column<'a> {
    Boolean(&'a BooleanArray),
    Long(&'a Int64Array),
    Unsigned(&'a UInt64Array),
    Double(&'a Float64Array),
    Text(&'a StringViewArray),
    PlainText(&'a StringArray),
    Time(&'a TimestampNanosecondArray),
}

impl<'a> Column<'a> {
    fn of(array: &'a dyn Array, data_type: ColumnType) -> Option<Self> {
        match data_type {
            ColumnType::Boolean => array.as_boolean_opt().map(Self::Boolean),
            ColumnType::Long => array.as_primitive_opt::<Int64Type>().map(Self::Long),
            ColumnType::UnsignedLong => array.as_primitive_opt::<UInt64Type>().map(Self::Unsigned),
            ColumnType::Double => array.as_primitive_opt::<Float64Type>().map(Self::Double),
            ColumnType::String => {
                array.as_string_view_opt().map(Self::Text).or_else(|| array.as_string_opt::<i32>().map(Self::PlainText))
            }
            ColumnType::Time => array.as_primitive_opt::<TimestampNanosecondType>().map(Self::Time),
        }
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Boolean(a) => a.is_null(row),
            Self::Long(a) => a.is_null(row),
            Self::Unsigned(a) => a.is_null(row),
            Self::Double(a) => a.is_null(row),
            Self::Text(a) => a.is_null(row),
            Self::PlainText(a) => a.is_null(row),
            Self::Time(a) => a.is_null(row),
        }
    }

    /// Appends the cell of a row; nothing for null.
    fn write(&self, row: usize, delimiter: u8, times: &mut TimeFormat, out: &mut Vec<u8>) {
        if self.is_null(row) {
            return;
        }
        let start = out.len();
        match self {
            Self::Text(a) => return cell::text(out, a.value(row), delimiter),
            Self::PlainText(a) => return cell::text(out, a.value(row), delimiter),
            Self::Boolean(a) => cell::boolean(out, a.value(row)),
            Self::Long(a) => cell::integer(out, a.value(row)),
            Self::Unsigned(a) => cell::unsigned(out, a.value(row)),
            Self::Double(a) => cell::float(out, a.value(row)),
            Self::Time(a) => times.write(a.value(row), out),
        }
        if is_odd(delimiter) {
            let written = String::from_utf8_lossy(&out.split_off(start)).into_owned();
            cell::text(out, &written, delimiter);
        }
    }
}

/// Whether a delimiter can stand inside a number or a time, which must be quoted then.
fn is_odd(delimiter: u8) -> bool {
    delimiter.is_ascii_alphanumeric() || matches!(delimiter, b'.' | b':' | b'+' | b'-')
}

fn type_name(data_type: ColumnType) -> &'static str {
    match data_type {
        ColumnType::Boolean => "boolean",
        ColumnType::Long => "long",
        ColumnType::UnsignedLong => "unsignedLong",
        ColumnType::Double => "double",
        ColumnType::String => "string",
        ColumnType::Time => "dateTime:RFC3339",
    }
}

impl Writer {
    /// A writer of one answer in this dialect.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            result: None,
            next_table: 0,
            last: None,
            waiting: None,
            row: Vec::new(),
            times: TimeFormat::default(),
            written: false,
            failed: false,
        }
    }

    /// Whether any byte of the answer was written: an error can still be told by the status of the response if not.
    pub fn has_written(&self) -> bool {
        self.written
    }

    /// Appends what an event adds to the answer. A table without rows shows only at the next event, or the end.
    pub fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        if self.failed {
            return;
        }
        let before = out.len();
        match event {
            Event::Result(name) => {
                self.end_result(out);
                self.result = Some(Arc::clone(name));
                self.next_table = 0;
                self.last = None;
            }
            Event::Table { schema, key } => {
                self.end_empty_table(out);
                self.waiting = Some((Arc::clone(schema), key.clone()));
            }
            Event::Rows(batch) => self.rows(batch, out),
            Event::Error(message) => self.error(message, out),
        }
        self.written |= out.len() > before;
    }

    /// Ends the answer.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.failed {
            self.end_result(out);
        }
    }

    fn end_result(&mut self, out: &mut Vec<u8>) {
        self.end_empty_table(out);
        if self.result.take().is_some() {
            out.extend_from_slice(LINE_END);
        }
    }

    fn end_empty_table(&mut self, out: &mut Vec<u8>) {
        if let Some((schema, key)) = self.waiting.take() {
            self.begin_table(schema, &key, true, out);
        }
    }

    fn rows(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) {
        if batch.num_rows() == 0 {
            return;
        }
        if let Some((schema, key)) = self.waiting.take() {
            self.begin_table(schema, &key, false, out);
        }
        let Some((schema, _)) = self.last.clone() else { return };
        let columns: Option<Vec<_>> = (batch.num_columns() == schema.columns.len())
            .then(|| schema.columns.iter().zip(batch.columns()))
            .and_then(|pairs| pairs.map(|(c, array)| Column::of(array.as_ref(), c.data_type)).collect());
        let Some(columns) = columns else {
            return self.error("internal error: rows do not have the columns of their table", out);
        };
        let delimiter = self.dialect.delimiter;
        for row in 0..batch.num_rows() {
            for segment in &self.row {
                match segment {
                    Segment::Text(text) => out.extend_from_slice(text),
                    Segment::Column(i) => {
                        if let Some(column) = columns.get(*i) {
                            column.write(row, delimiter, &mut self.times, out);
                        }
                    }
                }
            }
        }
    }

    /// Writes the block's head if a new one begins, and prepares the rows.
    fn begin_table(&mut self, schema: Arc<TableSchema>, key: &RecordBatch, empty: bool, out: &mut Vec<u8>) {
        let cells = self.key_cells(&schema, key);
        let number = self.next_table;
        self.next_table += 1;
        let same = self
            .last
            .as_ref()
            .is_some_and(|(last, was_empty)| !empty && !was_empty && (Arc::ptr_eq(last, &schema) || **last == *schema));
        if !same {
            if self.last.is_some() {
                out.extend_from_slice(LINE_END);
            }
            for annotation in self.dialect.annotations.clone() {
                self.annotation(annotation, &schema, empty.then_some((number, cells.as_slice())), out);
            }
            if self.dialect.header {
                self.line(
                    ["", "result", "table"].into_iter().chain(schema.columns.iter().map(|c| c.name.as_str())),
                    out,
                );
            }
        }
        self.row = self.row_segments(number, &cells, &schema);
        self.last = Some((schema, empty));
    }

    /// The formatted value of each column of the group key; `None` for the others.
    fn key_cells(&mut self, schema: &TableSchema, key: &RecordBatch) -> Vec<Option<Vec<u8>>> {
        let mut arrays = key.columns().iter();
        let has_row = key.num_rows() > 0;
        let mut cell = |column: &TableColumn| {
            if !column.in_key {
                return None;
            }
            let array = arrays.next()?;
            let mut text = Vec::new();
            if has_row {
                Column::of(array.as_ref(), column.data_type)?.write(
                    0,
                    self.dialect.delimiter,
                    &mut self.times,
                    &mut text,
                );
            }
            Some(text)
        };
        schema.columns.iter().map(&mut cell).collect()
    }

    fn annotation(
        &self,
        annotation: Annotation,
        schema: &TableSchema,
        empty: Option<(u64, &[Option<Vec<u8>>])>,
        out: &mut Vec<u8>,
    ) {
        let columns = schema.columns.iter();
        match annotation {
            Annotation::Datatype => {
                let types = columns.map(|c| type_name(c.data_type));
                self.line(["#datatype", "string", "long"].into_iter().chain(types), out);
            }
            Annotation::Group => {
                let groups = columns.map(|c| if c.in_key { "true" } else { "false" });
                self.line(["#group", "false", "false"].into_iter().chain(groups), out);
            }
            Annotation::Default => {
                let delimiter = self.dialect.delimiter;
                out.extend_from_slice(b"#default");
                out.push(delimiter);
                cell::text(out, self.result.as_deref().unwrap_or_default(), delimiter);
                out.push(delimiter);
                if let Some((number, _)) = empty {
                    cell::unsigned(out, number);
                }
                for i in 0..schema.columns.len() {
                    out.push(delimiter);
                    if let Some(Some(cell)) = empty.and_then(|(_, cells)| cells.get(i)) {
                        out.extend_from_slice(cell);
                    }
                }
                out.extend_from_slice(LINE_END);
            }
        }
    }

    fn row_segments(&self, number: u64, cells: &[Option<Vec<u8>>], schema: &TableSchema) -> Vec<Segment> {
        let delimiter = self.dialect.delimiter;
        let mut text = vec![delimiter];
        if !self.dialect.annotations.contains(&Annotation::Default) {
            cell::text(&mut text, self.result.as_deref().unwrap_or_default(), delimiter);
        }
        text.push(delimiter);
        cell::unsigned(&mut text, number);
        let mut segments = Vec::new();
        for i in 0..schema.columns.len() {
            text.push(delimiter);
            match cells.get(i) {
                Some(Some(cell)) => text.extend_from_slice(cell),
                _ => segments.extend([Segment::Text(std::mem::take(&mut text)), Segment::Column(i)]),
            }
        }
        text.extend_from_slice(LINE_END);
        segments.push(Segment::Text(text));
        segments
    }

    /// The answer ends with an error: a block of its own, which clients know by its two columns.
    fn error(&mut self, message: &str, out: &mut Vec<u8>) {
        self.end_empty_table(out);
        self.failed = true;
        if self.last.is_some() {
            out.extend_from_slice(LINE_END);
        }
        for annotation in &self.dialect.annotations {
            match annotation {
                Annotation::Datatype => self.line(["#datatype", "string", "string"], out),
                Annotation::Group => self.line(["#group", "true", "true"], out),
                Annotation::Default => self.line(["#default", "", ""], out),
            }
        }
        self.line(["", "error", "reference"], out);
        self.line(["", message, ""], out);
    }

    fn line<'a>(&self, cells: impl IntoIterator<Item = &'a str>, out: &mut Vec<u8>) {
        for (i, text) in cells.into_iter().enumerate() {
            if i > 0 {
                out.push(self.dialect.delimiter);
            }
            cell::text(out, text, self.dialect.delimiter);
        }
        out.extend_from_slice(LINE_END);
    }
}
