//! Parquet and Arrow files as line protocol, a batch at a time.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use engine::arrow::array::RecordBatch;
use engine::arrow::datatypes::{Field, Schema};
use engine::arrow::error::ArrowError;
use engine::batch_to_lines;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::answer::MEASUREMENT;
use crate::arguments::{WriteFormat, WriteInput};

/// Key of a column's role.
const ROLE: &str = "tidegauge.role";
/// Rows that are read at once.
const BATCH_ROWS: usize = 4_096;
/// How an Arrow file starts; a stream starts otherwise.
const ARROW_MAGIC: &[u8] = b"ARROW1";
/// Columns of an answer that say where a row comes from and nothing of the point.
const NOT_OF_THE_POINT: [&str; 3] = ["_start", "_stop", "table"];

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

/// Gives lines of one file behind the other.
pub(super) struct Columns {
    format: WriteFormat,
    left: std::vec::IntoIter<PathBuf>,
    open: Option<Open>,
    tags: Vec<String>,
    measurement: Option<String>,
    text: String,
}

struct Open {
    path: PathBuf,
    batches: Batches,
    measurement: String,
}

impl Columns {
    pub(super) fn new(format: WriteFormat, paths: Vec<PathBuf>, input: &WriteInput) -> Self {
        Self {
            format,
            left: paths.into_iter(),
            open: None,
            tags: input.tag.clone(),
            measurement: input.measurement.clone(),
            text: String::new(),
        }
    }

    /// Appends the lines of the next batch; false at the end.
    pub(super) fn next_batch(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        loop {
            if self.open.is_none() {
                let Some(path) = self.left.next() else { return Ok(false) };
                self.open = Some(self.open_file(path)?);
            }
            let Some(open) = &mut self.open else { return Ok(false) };
            let Some(batch) = open.batches.next() else {
                self.open = None;
                continue;
            };
            let path = open.path.display();
            let batch = batch.with_context(|| format!("{path} cannot be read"))?;
            let batch = prepared(&batch, &self.tags).with_context(|| path.to_string())?;
            self.text.clear();
            batch_to_lines(&open.measurement, &batch, &mut self.text).with_context(|| {
                format!("{path}: --measurement names the measurement, --tag COLUMN makes a column a tag")
            })?;
            out.extend_from_slice(self.text.as_bytes());
            return Ok(true);
        }
    }

    fn open_file(&self, path: PathBuf) -> Result<Open> {
        let name = path.display().to_string();
        let file = File::open(&path).with_context(|| format!("failed to open {name:?}"))?;
        let (schema, batches) = match self.format {
            WriteFormat::Parquet => of_parquet(file),
            _ => of_arrow(file),
        }
        .with_context(|| format!("{name} is no file of this format"))?;
        for tag in &self.tags {
            if schema.index_of(tag).is_err() {
                let known: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
                bail!("{name} has no column {tag:?}; there are {}", known.join(", "));
            }
        }
        let said = self.measurement.clone().or_else(|| schema.metadata().get(MEASUREMENT).cloned());
        let measurement = said.unwrap_or_else(|| stem(&path));
        Ok(Open { path, batches, measurement })
    }
}

/// A file's name without its end: the measurement where nothing else names one.
fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn of_parquet(file: File) -> Result<(Arc<Schema>, Batches)> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(BATCH_ROWS);
    let schema = Arc::clone(builder.schema());
    Ok((schema, Box::new(builder.build()?)))
}

fn of_arrow(mut file: File) -> Result<(Arc<Schema>, Batches)> {
    let mut start = Vec::new();
    file.by_ref().take(ARROW_MAGIC.len() as u64).read_to_end(&mut start)?;
    file.rewind()?;
    if start == ARROW_MAGIC {
        let reader = arrow_ipc::reader::FileReader::try_new(BufReader::new(file), None)?;
        return Ok((reader.schema(), Box::new(reader)));
    }
    let reader = arrow_ipc::reader::StreamReader::try_new(BufReader::new(file), None)?;
    Ok((reader.schema(), Box::new(reader)))
}

/// The batch with the roles that the command line gives, without columns that belong to an answer and not to its points.
fn prepared(batch: &RecordBatch, tags: &[String]) -> Result<RecordBatch> {
    let schema = batch.schema();
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        if NOT_OF_THE_POINT.contains(&field.name().as_str()) {
            continue;
        }
        let mut field = Field::clone(field);
        if tags.contains(field.name()) {
            field.set_metadata(HashMap::from([(ROLE.to_owned(), "tag".to_owned())]));
        }
        fields.push(Arc::new(field));
        arrays.push(Arc::clone(array));
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}
