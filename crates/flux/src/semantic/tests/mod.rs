//! Tests of the semantic stage, by topic, over a host without data.

mod answers;
mod corpus;
mod errors;
mod language;
mod mutations;
mod plans;
mod pushed;
mod rows;

use crate::FluxError;
use crate::host::{Accept, FoundColumn, FoundTable, Host};
use crate::plan::{NodeId, Plan, Scalar, ScalarType};

use super::{CompileRequest, Compiled, compile};

/// A host with one table for every question.
pub(super) struct FakeHost {
    pub(super) table: Option<FoundTable>,
    pub(super) now_ns: i64,
    /// How often a table was asked for.
    pub(super) asked: usize,
}

impl Default for FakeHost {
    fn default() -> Self {
        let column = |name: &str, data_type, in_key, value: Scalar| FoundColumn {
            name: name.to_owned(),
            data_type,
            in_key,
            values: vec![value.clone(), value],
        };
        let table = FoundTable {
            columns: vec![
                column("host", ScalarType::String, true, Scalar::String("alpha".into())),
                column("_value", ScalarType::Float, false, Scalar::Float(1.5)),
            ],
            row_count: 2,
        };
        Self { table: Some(table), now_ns: 1_700_000_000_000_000_000, asked: 0 }
    }
}

impl Host for FakeHost {
    fn find_table(&mut self, plan: &Plan, node: NodeId, accept: Accept<'_>) -> Result<Option<FoundTable>, FluxError> {
        assert!(plan.nodes.len() > node.0);
        self.asked += 1;
        let Some(table) = &self.table else { return Ok(None) };
        let key: Vec<(String, Scalar)> =
            table.columns.iter().filter(|c| c.in_key).map(|c| (c.name.clone(), c.values[0].clone())).collect();
        Ok(accept(&key)?.then(|| table.clone()))
    }

    fn now_ns(&self) -> i64 {
        self.now_ns
    }

    fn system_time_ns(&self) -> i64 {
        self.now_ns + 1
    }
}

pub(super) fn compiled(text: &str) -> Result<Compiled, FluxError> {
    compile(&CompileRequest { text, extern_file: None }, &mut FakeHost::default())
}

pub(super) fn must(text: &str) -> Compiled {
    match compiled(text) {
        Ok(compiled) => compiled,
        Err(error) => panic!("{text}\n{error}"),
    }
}

pub(super) fn refused(text: &str) -> String {
    match compiled(text) {
        Ok(compiled) => panic!("{text}\ncompiles: {:?}", compiled.outputs),
        Err(error) => error.message,
    }
}
