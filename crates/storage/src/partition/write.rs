//! Writes a partition.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, ArrayRef, RecordBatch, TimestampMicrosecondArray};
use arrow_schema::{DataType, SchemaRef, TimeUnit};
use model::FieldType;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, RowGroupMetaData};
use parquet::file::writer::SerializedFileWriter;

use super::cells::{CELLS_KEY, CellCollector};
use super::collect::IndexCollector;
use super::group::{Group, TagColumn, Times, text_bytes};
use super::index::BLOCK_BYTES;
use super::names::{Column, Role, columns};
use super::schema::{file_schema, scan_type, time_type};
use super::tail::{self, CHECK_KEY, INDEX_KEY, MEASUREMENT_KEY};
use super::{PartitionMeta, PartitionReader, PartitionScan};
use crate::file::{Files, NewFile};
use crate::store::StorageError;

/// A row group ends at the first batch that brings its text above this: it is held in memory until it is written.
const GROUP_TEXT_BYTES: usize = 64 << 20;
/// Most text in one batch: Arrow's strings in the file have 31-bit offsets.
const BATCH_TEXT_BYTES: usize = 1 << 30;

/// What a partition will hold, and how it is written.
#[derive(Debug, Clone)]
pub struct PartitionInput {
    /// The measurement's true name.
    pub measurement: String,
    /// Tag columns in the order of the batches; each once.
    pub tag_keys: Vec<String>,
    /// Field columns in the order of the batches, after the tags; each name once.
    pub fields: Vec<(String, FieldType)>,
    /// How to write it.
    pub options: WriteOptions,
}

/// How to write a partition.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// Rows that a row group aims for.
    pub row_group_rows: usize,
    /// Level of zstd.
    pub zstd_level: i32,
    /// Whether the file is synced to disk before `write` returns (the folder's entry is the caller's to sync).
    pub sync: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { row_group_rows: super::ROW_GROUP_ROWS, zstd_level: 1, sync: true }
    }
}

/// Writes a new file at `path` (refused if it exists, or if there are no rows; removed again when something fails).
///
/// Batches have the columns time (`Timestamp(ns, "UTC")`, no nulls), tags (`Utf8View`, null where absent), fields
/// (`Float64`, `Int64`, `UInt64`, `Boolean`, `Utf8View`, null where absent) in the order of `input`; names of columns do
/// not matter. Rows are unique by series and time, and sorted by (time slice, series, time). A batch lies within one time
/// slice. An empty batch ends a slice and its row group; without one, a row group also ends before a batch that is later
/// than all of it and would make it too large, wherever it is half as large again as it should be, or after 64 MiB of text.
pub(crate) fn write(
    files: &Arc<Files>,
    path: &Path,
    input: &PartitionInput,
    mut batches: impl Iterator<Item = Result<RecordBatch, StorageError>>,
) -> Result<PartitionMeta, StorageError> {
    check_names(input)?;
    match write_file(files, path, input, &mut batches, None)? {
        Outcome::Done(meta) => Ok(*meta),
        Outcome::NeedsNanos(rest) => rewrite_as_nanos(files, path, input, rest, &mut batches),
    }
}

/// Cuts ascending `times` into slices of about `rows` rows such that one instant is in one slice; gives the index at which
/// each slice ends. Slices are about equally large: none is a small rest.
pub fn time_slices(times: &[i64], rows: usize) -> Vec<usize> {
    let wanted = (times.len() + rows / 2).checked_div(rows).unwrap_or(1).max(1);
    let mut ends: Vec<usize> = Vec::with_capacity(wanted);
    for slice in 1..=wanted {
        let mut end = times.len() * slice / wanted;
        while let (Some(before), Some(at)) = (end.checked_sub(1).and_then(|last| times.get(last)), times.get(end)) {
            if before != at {
                break;
            }
            end += 1;
        }
        if end > ends.last().copied().unwrap_or(0) {
            ends.push(end);
        }
    }
    ends
}

fn check_names(input: &PartitionInput) -> Result<(), StorageError> {
    let mut fields: Vec<&String> = input.fields.iter().map(|(name, _)| name).collect();
    let mut tags: Vec<&String> = input.tag_keys.iter().collect();
    for names in [&mut fields, &mut tags] {
        names.sort_unstable();
        if let Some([name, _]) = names.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            let what = format!("a partition of {:?} cannot have two columns {name:?} of one kind", input.measurement);
            return Err(StorageError::Other(what));
        }
    }
    Ok(())
}

type Batches<'a> = dyn Iterator<Item = Result<RecordBatch, StorageError>> + 'a;

enum Outcome {
    Done(Box<PartitionMeta>),
    /// The file is complete up to a row group (given back) whose times are not whole microseconds.
    NeedsNanos(Group),
}

/// Starts again with what the file holds, because microseconds turned out not to be enough.
fn rewrite_as_nanos(
    files: &Arc<Files>,
    path: &Path,
    input: &PartitionInput,
    rest: Group,
    batches: &mut Batches<'_>,
) -> Result<PartitionMeta, StorageError> {
    let fine = path.with_extension("nanos");
    let outcome = (|| {
        let done = PartitionReader::open(files, path)?;
        let scan = |row_group| PartitionScan {
            tags: input.tag_keys.clone(),
            fields: input.fields.clone(),
            row_groups: Some(vec![row_group]),
            ..PartitionScan::default()
        };
        // A scan leaves out rows without any field, but nobody writes such rows.
        let mut again = Vec::new();
        for row_group in 0..done.meta().row_groups.len() {
            again.push(done.scan(&scan(row_group))?);
        }
        let end = || std::iter::once(Ok(RecordBatch::new_empty(super::schema::scan_schema(&[], &[]))));
        let written = again.into_iter().flat_map(|group| group.chain(end()));
        let mut all = written.chain(rest.batches.into_iter().map(Ok)).chain(batches);
        match write_file(files, &fine, input, &mut all, Some(true))? {
            Outcome::Done(meta) => Ok(*meta),
            Outcome::NeedsNanos(_) => Err(StorageError::Other("nanoseconds are never too coarse".to_owned())),
        }
    })();
    let outcome = outcome.and_then(|meta| files.rename(&fine, path).map(|()| meta));
    if outcome.is_err() {
        // What is left is incomplete; the first error says why.
        let _ = files.remove(&fine);
        let _ = files.remove(path);
    }
    outcome
}

fn write_file(
    files: &Arc<Files>,
    path: &Path,
    input: &PartitionInput,
    batches: &mut Batches<'_>,
    nanos: Option<bool>,
) -> Result<Outcome, StorageError> {
    let file = files.create(path)?;
    let columns = columns(&input.tag_keys, &input.fields);
    let mut job = Job {
        path,
        input,
        cells: CellCollector::new(&columns),
        columns,
        file: Some(file),
        open: None,
        group: Group::default(),
        index: IndexCollector::new(input.tag_keys.len()),
        checksums: Vec::new(),
        nanos,
    };
    let outcome = job.run(batches);
    if outcome.is_err() {
        // What is left is incomplete; the first error says why.
        let _ = files.remove(path);
    }
    outcome
}

struct Job<'a> {
    path: &'a Path,
    input: &'a PartitionInput,
    columns: Vec<Column>,
    file: Option<NewFile>,
    open: Option<OpenFile>,
    group: Group,
    index: IndexCollector,
    cells: CellCollector,
    checksums: Vec<Vec<Vec<u32>>>,
    nanos: Option<bool>,
}

/// A file whose schema and encodings are settled.
struct OpenFile {
    writer: SerializedFileWriter<Output>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
}

impl Job<'_> {
    fn run(&mut self, batches: &mut Batches<'_>) -> Result<Outcome, StorageError> {
        for batch in batches {
            let batch = batch?;
            if batch.num_rows() == 0 {
                if !self.end_group()? {
                    return self.stop_for_nanos();
                }
                continue;
            }
            self.check(&batch)?;
            if !self.push(batch)? {
                return self.stop_for_nanos();
            }
        }
        if !self.end_group()? {
            return self.stop_for_nanos();
        }
        Ok(Outcome::Done(Box::new(self.finish()?)))
    }

    fn stop_for_nanos(&mut self) -> Result<Outcome, StorageError> {
        let rest = std::mem::take(&mut self.group);
        self.finish()?;
        Ok(Outcome::NeedsNanos(rest))
    }

    fn check(&self, batch: &RecordBatch) -> Result<(), StorageError> {
        let expected = |column: &Column| match column.role {
            Role::Time => time_type(TimeUnit::Nanosecond),
            Role::Tag => DataType::Utf8View,
            Role::Field(kind) => scan_type(kind),
        };
        let right = batch.num_columns() == self.columns.len()
            && self.columns.iter().zip(batch.columns()).all(|(column, array)| expected(column) == *array.data_type())
            && batch.column(0).null_count() == 0;
        if right && text_bytes(batch) <= BATCH_TEXT_BYTES {
            return Ok(());
        }
        if right {
            let what = format!("a batch for {} has more than {BATCH_TEXT_BYTES} bytes of text", self.path.display());
            return Err(StorageError::Other(what));
        }
        let wanted: Vec<_> =
            self.columns.iter().map(|column| format!("{} {}", column.true_name, expected(column))).collect();
        let found: Vec<_> = batch.columns().iter().map(|array| array.data_type().to_string()).collect();
        Err(StorageError::Other(format!(
            "a batch for {} has columns ({}) where ({}) are needed, time without nulls",
            self.path.display(),
            found.join(", "),
            wanted.join(", ")
        )))
    }

    /// Takes a batch; false if the group before it needs nanoseconds (then the batch is in `group` as well).
    fn push(&mut self, batch: RecordBatch) -> Result<bool, StorageError> {
        let times = Times::of(&batch);
        let target = self.input.options.row_group_rows.max(1);
        let later = self.group.rows > 0 && times.first > self.group.last_time;
        if later && self.group.rows + batch.num_rows() > target && !self.end_group()? {
            self.group.push(batch, times);
            return Ok(false);
        }
        let mut rest = batch;
        let most = target + target / 2;
        while self.group.rows + rest.num_rows() > most {
            let take = most.saturating_sub(self.group.rows).max(1).min(rest.num_rows());
            let part = rest.slice(0, take);
            rest = rest.slice(take, rest.num_rows() - take);
            let times = Times::of(&part);
            self.group.push(part, times);
            if !self.end_group()? {
                let times = Times::of(&rest);
                self.group.push(rest, times);
                return Ok(false);
            }
        }
        if rest.num_rows() > 0 {
            let times = Times::of(&rest);
            self.group.push(rest, times);
        }
        if self.group.text_bytes > GROUP_TEXT_BYTES { self.end_group() } else { Ok(true) }
    }

    /// Writes the group, if it has rows; false if it needs nanoseconds and the file has microseconds.
    fn end_group(&mut self) -> Result<bool, StorageError> {
        if self.group.rows == 0 {
            return Ok(true);
        }
        let nanos = *self.nanos.get_or_insert(!self.group.whole_micros);
        if !nanos && !self.group.whole_micros {
            return Ok(false);
        }
        let group = std::mem::take(&mut self.group);
        if self.open.is_none() {
            self.open = Some(self.settle(&group, nanos).map_err(|e| self.failed(e))?);
        }
        let tags: Vec<TagColumn<'_>> = (0..self.input.tag_keys.len()).map(|at| TagColumn::of(&group, at + 1)).collect();
        let number = self.index.row_groups().len();
        let Some(open) = &mut self.open else { return Ok(true) };
        let sums = write_group(open, &self.columns, &group, &tags, number, nanos).map_err(|e| self.failed(e))?;
        self.checksums.push(sums);
        self.index.add(&group, &tags);
        self.cells.add(&group.batches);
        Ok(true)
    }

    fn settle(&mut self, first: &Group, nanos: bool) -> Result<OpenFile, ParquetError> {
        let schema = file_schema(&self.columns, nanos);
        let properties = super::encode::properties(&self.columns, &schema, self.input.options.zstd_level, first)?;
        let file = self.file.take().ok_or_else(|| ParquetError::General("the file is already in use".to_owned()))?;
        let output = Output { file, pending: Vec::new(), start: 0 };
        let (writer, factory) =
            ArrowWriter::try_new(output, Arc::clone(&schema), Some(properties))?.into_serialized_writer()?;
        Ok(OpenFile { writer, factory, schema })
    }

    fn finish(&mut self) -> Result<PartitionMeta, StorageError> {
        let Some(mut open) = self.open.take() else {
            return Err(StorageError::Other(format!("{} would have no rows", self.path.display())));
        };
        let collected = std::mem::replace(&mut self.index, IndexCollector::new(0));
        let index = collected.finish(std::mem::take(&mut self.checksums));
        let bytes = self.write_tail(&mut open, &index).map_err(|e| self.failed(e))?;
        if self.input.options.sync {
            open.writer.inner().file.sync()?;
        }
        Ok(tail::meta(&self.input.measurement, &self.columns, &index, bytes))
    }

    /// Writes index, page index and footer; gives the size of the file.
    fn write_tail(&self, open: &mut OpenFile, index: &super::index::Index) -> Result<u64, ParquetError> {
        let packed = index.encode()?;
        let start = open.writer.bytes_written() as u64;
        open.writer.write_all(&packed)?;
        let pair = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
        open.writer.append_key_value_metadata(pair(MEASUREMENT_KEY, self.input.measurement.clone()));
        open.writer.append_key_value_metadata(pair(INDEX_KEY, format!("{start} {}", packed.len())));
        if let Some(cells) = self.cells.text() {
            open.writer.append_key_value_metadata(pair(CELLS_KEY, cells));
        }
        open.writer.append_key_value_metadata(pair(CHECK_KEY, tail::check_value(start, 0)));
        open.writer.finish()?;
        let output = open.writer.inner_mut();
        tail::seal(&mut output.pending, start).map_err(ParquetError::General)?;
        output.store()?;
        Ok(output.start)
    }

    fn failed(&self, error: ParquetError) -> StorageError {
        match error {
            ParquetError::External(cause) => match cause.downcast::<io::Error>() {
                Ok(cause) => StorageError::io("writing", self.path, *cause),
                Err(cause) => StorageError::Other(format!("cannot write {}: {cause}", self.path.display())),
            },
            other => StorageError::Other(format!("cannot write {}: {other}", self.path.display())),
        }
    }
}

/// Writes one row group; gives the checksums of its column chunks.
fn write_group(
    open: &mut OpenFile,
    columns: &[Column],
    group: &Group,
    tags: &[TagColumn<'_>],
    number: usize,
    nanos: bool,
) -> Result<Vec<Vec<u32>>, ParquetError> {
    let mut chunks = Vec::with_capacity(columns.len());
    let writers = open.factory.create_column_writers(number)?;
    for (at, ((column, field), mut writer)) in columns.iter().zip(open.schema.fields()).zip(writers).enumerate() {
        let mut put = |array: &ArrayRef| -> Result<(), ParquetError> {
            compute_leaves(field, array)?.iter().try_for_each(|leaf| writer.write(leaf))
        };
        match column.role {
            Role::Tag => {
                if let Some(tag) = at.checked_sub(1).and_then(|tag| tags.get(tag)) {
                    put(&(Arc::new(tag.to_array()) as ArrayRef))?;
                }
            }
            Role::Time if !nanos => group.batches.iter().try_for_each(|batch| put(&micros(batch.column(at))))?,
            Role::Time => group.batches.iter().try_for_each(|batch| put(batch.column(at)))?,
            Role::Field(_) => group
                .batches
                .iter()
                .try_for_each(|batch| put(&super::encode::file_array(batch.column(at), field.data_type())))?,
        }
        chunks.push(writer.close()?);
    }
    let mut row_group = open.writer.next_row_group()?;
    for chunk in chunks {
        chunk.append_to_row_group(&mut row_group)?;
    }
    let written = row_group.close()?;
    open.writer.flush()?;
    let output = open.writer.inner_mut();
    let sums = output.checksums(&written)?;
    output.store()?;
    Ok(sums)
}

fn micros(times: &ArrayRef) -> ArrayRef {
    let nanos = times.as_primitive::<TimestampNanosecondType>().values();
    let micros = TimestampMicrosecondArray::from_iter_values(nanos.iter().map(|time| time / 1_000));
    Arc::new(micros.with_timezone("UTC"))
}

/// Where Parquet's writer writes to: bytes stay in memory until a row group is complete and its checksums are taken.
struct Output {
    file: NewFile,
    pending: Vec<u8>,
    /// Offset in the file of the first pending byte.
    start: u64,
}

impl Output {
    fn checksums(&self, row_group: &RowGroupMetaData) -> Result<Vec<Vec<u32>>, ParquetError> {
        let chunk = |column: &parquet::file::metadata::ColumnChunkMetaData| {
            let (offset, len) = column.byte_range();
            let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
            let bytes = self.pending.get(from..from.checked_add(usize::try_from(len).ok()?)?)?;
            Some(bytes.chunks(BLOCK_BYTES).map(crc32c::crc32c).collect())
        };
        let sums = row_group.columns().iter().map(chunk).collect::<Option<Vec<_>>>();
        sums.ok_or_else(|| ParquetError::General("a column chunk lies outside its row group".to_owned()))
    }

    /// Hands what is pending to the file.
    fn store(&mut self) -> io::Result<()> {
        self.file.write_all(&self.pending)?;
        self.start += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
