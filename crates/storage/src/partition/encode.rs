//! How the columns of a partition are encoded: chosen by trial on its first rows.

use std::io;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use model::FieldType;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::group::Group;
use super::names::{Column, Role};

/// Rows of the first row group that a trial looks at.
const TRIAL_ROWS: usize = 65_536;
/// Rows of a page: what a point query decodes at least.
const PAGE_ROWS: usize = 8_192;
/// A dictionary that would be larger gives way to plain values in the middle of a column chunk.
const DICTIONARY_BYTES: usize = 8 << 20;

/// How values are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Dictionary,
    Encoded(Encoding),
}

/// The properties of the file, all columns considered.
pub(super) fn properties(
    columns: &[Column],
    schema: &SchemaRef,
    zstd_level: i32,
    first: &Group,
) -> Result<WriterProperties, ParquetError> {
    let mut builder = base(zstd_level)?;
    for (at, (column, field)) in columns.iter().zip(schema.fields()).enumerate() {
        let layout = match column.role {
            Role::Time => Layout::Encoded(Encoding::DELTA_BINARY_PACKED),
            Role::Tag => Layout::Dictionary,
            Role::Field(kind) => smallest(candidates(kind), field, zstd_level, first, at)?,
        };
        builder = with_layout(builder, ColumnPath::new(vec![column.name.clone()]), layout);
    }
    Ok(builder.build())
}

fn base(zstd_level: i32) -> Result<WriterPropertiesBuilder, ParquetError> {
    Ok(WriterProperties::builder()
        .set_created_by(concat!("tidegauge version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(zstd_level)?))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_max_row_group_row_count(None))
}

fn with_layout(builder: WriterPropertiesBuilder, path: ColumnPath, layout: Layout) -> WriterPropertiesBuilder {
    match layout {
        Layout::Dictionary => builder.set_column_dictionary_enabled(path, true),
        Layout::Encoded(encoding) => {
            builder.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, encoding)
        }
    }
}

fn candidates(kind: FieldType) -> &'static [Layout] {
    match kind {
        FieldType::Float => {
            &[Layout::Dictionary, Layout::Encoded(Encoding::PLAIN), Layout::Encoded(Encoding::BYTE_STREAM_SPLIT)]
        }
        FieldType::Integer | FieldType::Unsigned => {
            &[Layout::Encoded(Encoding::DELTA_BINARY_PACKED), Layout::Dictionary]
        }
        FieldType::Boolean => &[Layout::Encoded(Encoding::PLAIN)],
        FieldType::String => &[
            Layout::Dictionary,
            Layout::Encoded(Encoding::PLAIN),
            Layout::Encoded(Encoding::DELTA_LENGTH_BYTE_ARRAY),
            Layout::Encoded(Encoding::DELTA_BYTE_ARRAY),
        ],
    }
}

/// The layout that makes the column's first rows smallest.
fn smallest(
    candidates: &[Layout],
    field: &Field,
    zstd_level: i32,
    group: &Group,
    column: usize,
) -> Result<Layout, ParquetError> {
    let mut best = (usize::MAX, Layout::Encoded(Encoding::PLAIN));
    if let [only] = candidates {
        return Ok(*only);
    }
    for layout in candidates {
        let builder = with_layout(base(zstd_level)?, ColumnPath::new(vec![field.name().clone()]), *layout);
        let schema = Arc::new(Schema::new(vec![field.clone()]));
        let mut writer = ArrowWriter::try_new(io::sink(), Arc::clone(&schema), Some(builder.build()))?;
        let mut rows = 0;
        for batch in &group.batches {
            let take = batch.num_rows().min(TRIAL_ROWS - rows);
            let values = file_array(&batch.column(column).slice(0, take), field.data_type());
            writer.write(&RecordBatch::try_new(Arc::clone(&schema), vec![values])?)?;
            rows += take;
            if rows == TRIAL_ROWS {
                break;
            }
        }
        writer.flush()?;
        let size: i64 = writer.flushed_row_groups().iter().map(|group| group.compressed_size()).sum();
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size < best.0 {
            best = (size, *layout);
        }
    }
    Ok(best.1)
}

/// A field column as the file has it: text as plain strings.
pub(super) fn file_array(values: &ArrayRef, kind: &DataType) -> ArrayRef {
    match (values.data_type(), kind) {
        (DataType::Utf8View, DataType::Utf8) => Arc::new(values.as_string_view().iter().collect::<StringArray>()),
        _ => Arc::clone(values),
    }
}
