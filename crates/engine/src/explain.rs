//! What becomes of a script on its way to an answer, stage by stage, as text.

use std::fmt::Write;
use std::sync::Arc;

use flux::FluxError;
use flux::plan::{NodeId, Plan};
use flux::semantic::Compiled;
use flux::syntax;
use query::Stage;

use crate::answer::QueryRequest;
use crate::context::QueryContext;
use crate::engine::Engine;

/// A stage of a script's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explain {
    /// The syntax tree.
    Ast,
    /// Which procedures feed each result.
    Graph,
    /// The table plan as it is lowered, with what InfluxDB would push into its storage.
    Plan,
    /// DataFusion's logical plans.
    Logical,
    /// DataFusion's physical plans, and what was read when they ran.
    Physical,
    /// The same with the time and the rows of each node.
    Profile,
}

impl Explain {
    /// All stages by name.
    pub const NAMES: [(&str, Self); 6] = [
        ("ast", Self::Ast),
        ("graph", Self::Graph),
        ("plan", Self::Plan),
        ("logical", Self::Logical),
        ("physical", Self::Physical),
        ("profile", Self::Profile),
    ];
}

impl Engine {
    /// The text of one stage. The last two run the query; no stage writes what `to()` asks for.
    pub async fn explain(&self, request: QueryRequest, stage: Explain) -> Result<String, FluxError> {
        if stage == Explain::Ast {
            return Ok(syntax::dump::dump(&syntax::parse_or_error(&request.text)?));
        }
        let context = QueryContext::new(self.clone(), request.scope.clone());
        let compiled = self.compile(request, context.clone()).await?;
        context.check_writes(&compiled.plan)?;
        let stage = match stage {
            Explain::Ast | Explain::Graph => return Ok(graph(&compiled)),
            Explain::Plan => return Ok(plan(&compiled)),
            Explain::Logical => Stage::Logical,
            Explain::Physical => Stage::Physical,
            Explain::Profile => Stage::Profile,
        };
        let explaining = self.queries().explain(&compiled.plan, &compiled.outputs, Arc::new(context), stage);
        Box::pin(explaining).await
    }
}

/// A tree for each result, from what leaves to where it comes from.
fn graph(compiled: &Compiled) -> String {
    let mut text = String::new();
    for output in &compiled.outputs {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "result {:?}", output.name);
        let mut open = vec![(output.node, 1_usize)];
        while let Some((node, depth)) = open.pop() {
            line(&compiled.plan, node, depth, &mut text);
            let inputs = compiled.plan.nodes.get(node.0).map(|n| n.inputs.clone()).unwrap_or_default();
            open.extend(inputs.into_iter().rev().map(|input| (input, depth + 1)));
        }
    }
    text
}

fn line(plan: &Plan, node: NodeId, depth: usize, text: &mut String) {
    if let Some(found) = plan.nodes.get(node.0) {
        let _ = writeln!(text, "{:indent$}#{} {}", "", node.0, found.op, indent = 2 * depth);
    }
}

/// All procedures in the order in which they are evaluated, then the results.
fn plan(compiled: &Compiled) -> String {
    let mut text = compiled.plan.to_string();
    for output in &compiled.outputs {
        let _ = writeln!(text, "result {:?} <- #{}", output.name, output.node.0);
    }
    text
}
