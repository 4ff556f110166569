//! Rows of all fields at once become a row for each field that has something.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, StringViewArray};
use datafusion::arrow::compute::{concat_batches, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{Result as DfResult, exec_datafusion_err};

use super::{Kernel, KernelState};

/// One field: its name, the column that says how many values there are, and the columns of what was made of them.
#[derive(Debug, Clone)]
pub(crate) struct FieldParts {
    pub(crate) field: String,
    pub(crate) count: String,
    pub(crate) parts: Vec<String>,
}

/// Replaces the columns of all fields by `_field` and one column a part.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub(crate) fields: Vec<FieldParts>,
    /// Names of the parts behind it.
    pub(crate) parts: Vec<String>,
}

impl Fields {
    fn is_part(&self, name: &str) -> bool {
        self.fields.iter().any(|f| f.count == name || f.parts.iter().any(|p| p == name))
    }
}

impl Kernel for Fields {
    fn name(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|f| f.field.as_str()).collect();
        format!("a row a field of [{}]", names.join(", "))
    }

    fn reads(&self) -> Vec<String> {
        self.fields.iter().flat_map(|f| f.parts.iter().chain([&f.count]).cloned()).collect()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        let kept = input.fields().iter().filter(|f| !self.is_part(f.name())).cloned();
        let mut fields: Vec<Arc<Field>> = kept.collect();
        fields.push(Arc::new(Field::new("_field", DataType::Utf8View, false)));
        let first = self.fields.first().ok_or_else(|| exec_datafusion_err!("no fields"))?;
        for (name, part) in self.parts.iter().zip(&first.parts) {
            fields.push(Arc::new(input.field_with_name(part)?.clone().with_name(name).with_nullable(true)));
        }
        Ok(Schema::new(fields))
    }

    fn start(&self, _input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        Ok(Box::new(State { fields: self.clone(), output: output.clone() }))
    }
}

struct State {
    fields: Fields,
    output: SchemaRef,
}

impl KernelState for State {
    fn push(&mut self, batch: &RecordBatch, _runs: &[Range<usize>], _continues: bool) -> DfResult<RecordBatch> {
        let schema = batch.schema();
        let find = |name: &String| -> DfResult<ArrayRef> { Ok(batch.column(schema.index_of(name)?).clone()) };
        let mut out = Vec::with_capacity(self.fields.fields.len());
        for field in &self.fields.fields {
            let counts = find(&field.count)?;
            let some: BooleanArray = counts.as_primitive::<Int64Type>().iter().map(|n| Some(n > Some(0))).collect();
            let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.output.fields().len());
            for name in self.output.fields().iter().map(|f| f.name()) {
                columns.push(match self.fields.parts.iter().position(|part| part == name) {
                    Some(at) => find(field.parts.get(at).ok_or_else(|| exec_datafusion_err!("no part {name}"))?)?,
                    None if name == "_field" => {
                        let names = std::iter::repeat_n(&field.field, batch.num_rows());
                        Arc::new(StringViewArray::from_iter_values(names))
                    }
                    None => find(name)?,
                });
            }
            out.push(filter_record_batch(&RecordBatch::try_new(self.output.clone(), columns)?, &some)?);
        }
        Ok(concat_batches(&self.output, &out)?)
    }
}
