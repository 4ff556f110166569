//! Row functions run over small batches through the optimizer, and compared with what a live InfluxDB 2.9.1 answered
//! (oracle topics `language`, `rows`, `errors`, `libraries`).

mod errors;
mod logic;
mod operators;
mod records;

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;
use flux::FluxError;
use flux::ast::{BinaryOperator, LogicalOperator, UnaryOperator};
use flux::library::{Argument, display};
use flux::plan::{RowExpr, Scalar, ScalarType};

use super::values::ColumnBuilder;
use super::{RowScope, Typed, compile, compile_predicate, compile_record};
use crate::scalar::{arrow_type, from_array};

/// A table of named, typed columns.
struct Table {
    columns: Vec<(String, ScalarType)>,
    rows: Vec<Vec<Scalar>>,
}

impl Table {
    fn new(columns: &[(&str, ScalarType)], rows: &[&[Scalar]]) -> Self {
        let columns = columns.iter().map(|(name, t)| ((*name).to_owned(), *t)).collect();
        Self { columns, rows: rows.iter().map(|row| row.to_vec()).collect() }
    }

    fn scope(&self) -> RowScope<'_> {
        RowScope::new(&self.columns)
    }

    fn batch(&self) -> RecordBatch {
        let fields: Vec<Field> = self.columns.iter().map(|(n, t)| Field::new(n, arrow_type(*t), true)).collect();
        let arrays = self.columns.iter().enumerate().map(|(i, (_, t))| {
            let mut builder = ColumnBuilder::new(Some(*t), self.rows.len());
            self.rows.iter().for_each(|row| builder.push(&row[i]).unwrap());
            builder.finish()
        });
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays.collect()).unwrap()
    }

    /// The values of expressions, row by row, as `display` writes them.
    fn run(&self, exprs: Vec<Expr>, filter: Option<Expr>) -> Result<Vec<Vec<String>>, FluxError> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let context = SessionContext::new();
            let mut frame = context.read_batch(self.batch()).unwrap();
            if let Some(filter) = filter {
                frame = frame.filter(filter).map_err(crate::error::from_datafusion)?;
            }
            let named = exprs.into_iter().enumerate().map(|(i, e)| e.alias(format!("c{i}")));
            let frame = frame.select(named.collect::<Vec<_>>()).map_err(crate::error::from_datafusion)?;
            let batches = frame.collect().await.map_err(crate::error::from_datafusion)?;
            let mut out = Vec::new();
            for batch in batches {
                for row in 0..batch.num_rows() {
                    let cells = batch.columns().iter().map(|c| show(&from_array(c.as_ref(), row)));
                    out.push(cells.collect());
                }
            }
            Ok(out)
        })
    }

    /// One expression over all rows.
    fn values(&self, body: &RowExpr) -> Result<Vec<String>, FluxError> {
        self.values_in(body, &self.scope())
    }

    fn values_in(&self, body: &RowExpr, scope: &RowScope<'_>) -> Result<Vec<String>, FluxError> {
        let typed = compile(body, scope)?;
        if typed.data_type.is_none() {
            return Ok(vec!["<none>".to_owned(); self.rows.len()]);
        }
        let rows = self.run(vec![typed.expr], None)?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// The first column of the rows that a condition keeps.
    fn kept(&self, body: &RowExpr) -> Result<Vec<String>, FluxError> {
        let condition = compile_predicate(body, &self.scope())?;
        let first = crate::lane::column(&self.columns[0].0);
        Ok(self.run(vec![first], Some(condition))?.into_iter().flatten().collect())
    }

    /// Names of a record's columns and its rows.
    fn record(&self, body: &RowExpr) -> Result<(Vec<String>, Vec<Vec<String>>), FluxError> {
        let columns = compile_record(body, &self.scope())?;
        let columns: Vec<(String, Typed)> = columns.into_iter().filter(|(_, t)| t.data_type.is_some()).collect();
        let names = columns.iter().map(|(name, _)| name.clone()).collect();
        Ok((names, self.run(columns.into_iter().map(|(_, t)| t.expr).collect(), None)?))
    }
}

fn show(value: &Scalar) -> String {
    display(&Argument::Scalar(value.clone()))
}

fn r(name: &str) -> RowExpr {
    RowExpr::Column(name.to_owned())
}

fn l(value: Scalar) -> RowExpr {
    RowExpr::Literal(value)
}

fn int(v: i64) -> RowExpr {
    l(Scalar::Int(v))
}

fn float(v: f64) -> RowExpr {
    l(Scalar::Float(v))
}

fn text(v: &str) -> RowExpr {
    l(Scalar::String(v.into()))
}

fn op(operator: BinaryOperator, a: RowExpr, b: RowExpr) -> RowExpr {
    RowExpr::Binary(operator, Box::new(a), Box::new(b))
}

fn and(a: RowExpr, b: RowExpr) -> RowExpr {
    RowExpr::Logical(LogicalOperator::And, Box::new(a), Box::new(b))
}

fn or(a: RowExpr, b: RowExpr) -> RowExpr {
    RowExpr::Logical(LogicalOperator::Or, Box::new(a), Box::new(b))
}

fn not(a: RowExpr) -> RowExpr {
    RowExpr::Unary(UnaryOperator::Not, Box::new(a))
}

fn exists(a: RowExpr) -> RowExpr {
    RowExpr::Unary(UnaryOperator::Exists, Box::new(a))
}

fn when(test: RowExpr, then: RowExpr, otherwise: RowExpr) -> RowExpr {
    RowExpr::If { test: Box::new(test), then: Box::new(then), otherwise: Box::new(otherwise) }
}

fn call(function: &str, arguments: &[(&str, RowExpr)]) -> RowExpr {
    let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    RowExpr::Call { function: function.to_owned(), arguments }
}

fn record(with: Option<RowExpr>, properties: &[(&str, RowExpr)]) -> RowExpr {
    let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    RowExpr::Record { with: with.map(Box::new), properties }
}

fn s(v: &str) -> Scalar {
    Scalar::String(v.into())
}

fn i(v: i64) -> Scalar {
    Scalar::Int(v)
}

fn f(v: f64) -> Scalar {
    Scalar::Float(v)
}

fn b(v: bool) -> Scalar {
    Scalar::Bool(v)
}

fn time(text: &str) -> Scalar {
    Scalar::Time(flux::calendar::parse_time(text).unwrap())
}
