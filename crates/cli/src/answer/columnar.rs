//! Answers as columns: a Parquet or an Arrow file of all rows.

use std::collections::HashMap;
use std::io::{Read, Seek as _, Write};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use engine::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, RecordBatch, StringBuilder, StringDictionaryBuilder,
    TimestampNanosecondArray, UInt64Builder,
};
use engine::arrow::datatypes::{DataType, Field, Int32Type, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::reader::{Header, Sink, read};

/// Key of a column's role, which `tide write` reads back.
const ROLE: &str = "tidegauge.role";
/// Key of the measurement of all rows, in the metadata of the file.
pub(crate) const MEASUREMENT: &str = "tidegauge.measurement";
/// Rows of a batch.
const BATCH_ROWS: usize = 8_192;

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Parquet,
    Arrow,
}

/// Writes the rows of all tables and gives their number. The columns of different tables are joined by name; those of the group key that are texts become
/// dictionaries. With a measurement, the file carries its name.
pub(crate) fn write_columns(
    form: Form,
    measurement: Option<&str>,
    mut answer: impl Read,
    out: impl Write + Send,
) -> Result<usize> {
    // The columns are known when the last table was seen.
    let mut spool = tempfile::tempfile().context("no temporary file for the answer")?;
    std::io::copy(&mut answer, &mut spool)?;
    spool.rewind()?;
    let mut columns = Columns::default();
    read(std::io::BufReader::new(&spool), &mut columns)?;
    spool.rewind()?;
    let metadata = measurement.map(|name| (MEASUREMENT.to_owned(), name.to_owned()));
    let schema = Arc::new(Schema::new_with_metadata(columns.fields(form), metadata.into_iter().collect()));
    let mut rows = Rows {
        out: Out::new(form, &schema, out)?,
        builders: schema.fields().iter().map(|f| Builder::new(f.data_type())).collect(),
        schema,
        places: Vec::new(),
        pending: 0,
        count: 0,
    };
    read(std::io::BufReader::new(&spool), &mut rows)?;
    rows.finish()
}

/// Names, types and roles of all columns, in the order in which they are met.
#[derive(Default)]
struct Columns {
    all: Vec<(String, String, bool)>,
}

impl Sink for Columns {
    fn header(&mut self, header: &Header) -> Result<()> {
        for at in header.columns() {
            let (name, kind, key) = (header.name(at), header.kind(at), header.is_key(at));
            match self.all.iter_mut().find(|(known, ..)| known == name) {
                None => self.all.push((name.to_owned(), kind.to_owned(), key)),
                Some((_, known, _)) if known != kind => bail!(
                    "column {name} is {known} in one table and {kind} in another, and a file has one type a column: filter by \
                     field, or pivot"
                ),
                Some((.., was_key)) => *was_key |= key,
            }
        }
        Ok(())
    }

    fn row(&mut self, _header: &Header, _row: &csv::StringRecord) -> Result<()> {
        Ok(())
    }
}

impl Columns {
    fn fields(&self, form: Form) -> Vec<Field> {
        let field = |(name, kind, key): &(String, String, bool)| {
            let (data_type, role) = match (kind.as_str(), name.as_str()) {
                ("double", _) => (DataType::Float64, "field"),
                ("long", _) => (DataType::Int64, "field"),
                ("unsignedLong", _) => (DataType::UInt64, "field"),
                ("boolean", _) => (DataType::Boolean, "field"),
                ("dateTime:RFC3339" | "dateTime:RFC3339Nano", name) => {
                    let utc = Some(Arc::from("UTC"));
                    (DataType::Timestamp(TimeUnit::Nanosecond, utc), if name == "_time" { "time" } else { "" })
                }
                (_, "_measurement") => (repeated(form), "measurement"),
                _ if *key => (repeated(form), "tag"),
                _ => (DataType::Utf8, "field"),
            };
            let metadata: HashMap<String, String> =
                Some((ROLE.to_owned(), role.to_owned())).filter(|_| !role.is_empty()).into_iter().collect();
            Field::new(name, data_type, true).with_metadata(metadata)
        };
        self.all.iter().map(field).collect()
    }
}

/// Texts that stand in many rows. An Arrow file has one dictionary for all its batches, which cannot be known when the first is written.
fn repeated(form: Form) -> DataType {
    match form {
        Form::Parquet => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Form::Arrow => DataType::Utf8,
    }
}

/// The file.
enum Out<W: Write + Send> {
    Parquet(Box<ArrowWriter<W>>),
    Arrow(Box<arrow_ipc::writer::FileWriter<W>>),
}

impl<W: Write + Send> Out<W> {
    fn new(form: Form, schema: &Arc<Schema>, out: W) -> Result<Self> {
        Ok(match form {
            Form::Parquet => {
                let level = ZstdLevel::try_new(3)?;
                let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
                Self::Parquet(Box::new(ArrowWriter::try_new(out, Arc::clone(schema), Some(properties))?))
            }
            Form::Arrow => Self::Arrow(Box::new(arrow_ipc::writer::FileWriter::try_new(out, schema)?)),
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        match self {
            Self::Parquet(writer) => Ok(writer.write(batch)?),
            Self::Arrow(writer) => Ok(writer.write(batch)?),
        }
    }

    fn finish(self) -> Result<()> {
        let mut out = match self {
            Self::Parquet(writer) => writer.into_inner()?,
            Self::Arrow(mut writer) => {
                writer.finish()?;
                writer.into_inner()?
            }
        };
        Ok(out.flush()?)
    }
}

/// Gathers rows into batches.
struct Rows<W: Write + Send> {
    out: Out<W>,
    schema: Arc<Schema>,
    builders: Vec<Builder>,
    /// For each column of the file, the place in the present table.
    places: Vec<Option<usize>>,
    pending: usize,
    count: usize,
}

impl<W: Write + Send> Sink for Rows<W> {
    fn header(&mut self, header: &Header) -> Result<()> {
        self.places = self.schema.fields().iter().map(|f| header.place(f.name())).collect();
        Ok(())
    }

    fn row(&mut self, header: &Header, row: &csv::StringRecord) -> Result<()> {
        for (builder, place) in self.builders.iter_mut().zip(&self.places) {
            builder.push(place.and_then(|at| header.value(row, at)))?;
        }
        self.pending += 1;
        self.count += 1;
        if self.pending >= BATCH_ROWS { self.flush() } else { Ok(()) }
    }
}

impl<W: Write + Send> Rows<W> {
    fn flush(&mut self) -> Result<()> {
        if std::mem::take(&mut self.pending) == 0 {
            return Ok(());
        }
        let arrays: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        self.out.write(&RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)
    }

    fn finish(mut self) -> Result<usize> {
        self.flush()?;
        self.out.finish()?;
        Ok(self.count)
    }
}

/// Builds a column.
enum Builder {
    Double(Float64Builder),
    Long(Int64Builder),
    Unsigned(UInt64Builder),
    Boolean(BooleanBuilder),
    Time(Vec<Option<i64>>),
    Word(StringDictionaryBuilder<Int32Type>),
    Text(StringBuilder),
}

impl Builder {
    fn new(kind: &DataType) -> Self {
        match kind {
            DataType::Float64 => Self::Double(Float64Builder::new()),
            DataType::Int64 => Self::Long(Int64Builder::new()),
            DataType::UInt64 => Self::Unsigned(UInt64Builder::new()),
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Timestamp(..) => Self::Time(Vec::new()),
            DataType::Dictionary(..) => Self::Word(StringDictionaryBuilder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    fn push(&mut self, text: Option<&str>) -> Result<()> {
        fn parsed<T: std::str::FromStr>(text: Option<&str>) -> Result<Option<T>> {
            let read = |text: &str| text.parse().map_err(|_| anyhow!("{text:?} is no value of its column's type"));
            text.map(read).transpose()
        }
        match self {
            Self::Double(builder) => builder.append_option(parsed(text)?),
            Self::Long(builder) => builder.append_option(parsed(text)?),
            Self::Unsigned(builder) => builder.append_option(parsed(text)?),
            Self::Boolean(builder) => builder.append_option(parsed(text)?),
            Self::Word(builder) => builder.append_option(text),
            Self::Text(builder) => builder.append_option(text),
            Self::Time(times) => {
                let read = |text: &str| codec::rfc3339::parse(text).ok_or_else(|| anyhow!("{text:?} is no time"));
                times.push(text.map(read).transpose()?);
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Double(builder) => Arc::new(builder.finish()),
            Self::Long(builder) => Arc::new(builder.finish()),
            Self::Unsigned(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Word(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Time(times) => Arc::new(TimestampNanosecondArray::from(std::mem::take(times)).with_timezone("UTC")),
        }
    }
}
