//! The semantic stage: a syntax tree is evaluated, everything that does not depend on rows is folded, and what is left
//! is a plan of table procedures.

mod arguments;
mod builtin;
mod call;
mod check;
mod check_call;
mod compare;
mod evaluate;
mod explain;
mod infer;
mod library_call;
mod limits;
mod options;
mod packages;
mod pushdown;
mod row;
mod scope;
mod signature;
pub mod suggest;
mod value;
mod vectorize;
mod verify;

#[cfg(test)]
mod tests;

use crate::ast::{self, Statement};
use crate::host::Host;
use crate::plan::{NodeId, Op, Output, Plan};
use crate::{FluxError, syntax};

use evaluate::Evaluator;
use scope::Scope;
use value::Value;

/// A script and what came with it.
#[derive(Debug, Clone, Default)]
pub struct CompileRequest<'t> {
    pub text: &'t str,
    /// Statements evaluated before the script: the `extern` of a request.
    pub extern_file: Option<ast::File>,
}

/// A script, compiled.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Compiled {
    pub plan: Plan,
    /// Results in program order; their names are unique.
    pub outputs: Vec<Output>,
}

/// Compiles a script. Looks into tables through the host where the script asks for it.
pub fn compile(request: &CompileRequest<'_>, host: &mut dyn Host) -> Result<Compiled, FluxError> {
    let file = syntax::parse_or_error(request.text)?;
    let files: Vec<&ast::File> = request.extern_file.iter().chain([&file]).collect();
    check::check(&files)?;
    let mut evaluator = Evaluator::new(host);
    let scope = Scope::script();
    let mut set = options::Assigned::default();
    for file in files {
        evaluator.run_file(file, &scope, &mut set)?;
    }
    finish(evaluator)
}

fn finish(evaluator: Evaluator<'_>) -> Result<Compiled, FluxError> {
    let Evaluator { mut plan, mut outputs, writes, .. } = evaluator;
    let ids = |outputs: &[Output]| outputs.iter().map(|o| o.node).collect::<Vec<NodeId>>();
    for node in writes {
        if !verify::needed(&plan, &ids(&outputs)).contains(&node) {
            outputs.push(Output { name: "_result".to_owned(), node });
        }
    }
    if outputs.is_empty() {
        return Err(FluxError::invalid(
            "error in query specification while starting program: this Flux script returns no streaming data. Consider \
             adding a \"yield\" or invoking streaming functions directly, without performing an assignment",
        ));
    }
    let nodes = ids(&outputs);
    refuse_equal_names(&plan, &outputs)?;
    verify::check(&plan, &nodes)?;
    pushdown::mark(&mut plan, &nodes);
    Ok(Compiled { plan, outputs })
}

fn refuse_equal_names(plan: &Plan, outputs: &[Output]) -> Result<(), FluxError> {
    let is_yield = |o: &Output| matches!(plan.nodes.get(o.node.0).map(|n| &n.op), Some(Op::Yield { .. }));
    let twins = |later: usize, both_yield: bool| {
        let Some(this) = outputs.get(later) else { return false };
        outputs.iter().take(later).any(|o| o.name == this.name && (is_yield(o) && is_yield(this)) == both_yield)
    };
    for (at, output) in outputs.iter().enumerate() {
        if twins(at, true) {
            return Err(FluxError::invalid(format!(
                "error in building plan while starting program: found more than one call to yield() with the name \"{}\"",
                output.name
            )));
        }
    }
    for (at, output) in outputs.iter().enumerate() {
        if twins(at, false) {
            return Err(FluxError::invalid(format!(
                "failed to initialize execute state: tried to produce more than one result with the name \"{}\"",
                output.name
            )));
        }
    }
    Ok(())
}

impl Evaluator<'_> {
    /// Runs the statements of a file in a scope.
    fn run_file(&mut self, file: &ast::File, scope: &Scope, assigned: &mut options::Assigned) -> Result<(), FluxError> {
        for import in &file.imports {
            let path = packages::find(&import.path.value)
                .ok_or_else(|| FluxError::semantic(import.span, packages::unknown_import_text(&import.path.value)))?;
            scope.define(packages::import_name(import), Value::Package(path));
        }
        for statement in &file.body {
            self.statement(statement, scope, assigned)?;
        }
        Ok(())
    }

    fn statement(
        &mut self,
        statement: &Statement,
        scope: &Scope,
        assigned: &mut options::Assigned,
    ) -> Result<(), FluxError> {
        match statement {
            Statement::Expression { expression, .. } => {
                let value = self.evaluate(expression, scope)?;
                let known = |node| self.outputs.iter().any(|o| o.node == node);
                if let Value::Stream(node) = value
                    && !known(node)
                {
                    self.outputs.push(Output { name: "_result".to_owned(), node });
                }
                Ok(())
            }
            Statement::Variable(assignment) => {
                assigned.refuse_again("variable", &assignment.name.name, assignment.span)?;
                let value = self.evaluate(&assignment.value, scope)?;
                scope.define(&assignment.name.name, value);
                Ok(())
            }
            Statement::Option { package, assignment, span } => {
                self.set_option(package.as_ref(), assignment, *span, scope, assigned)
            }
            Statement::Builtin { span, .. } => {
                Err(FluxError::semantic(*span, "builtin statements belong to the library; remove it"))
            }
            Statement::TestCase { span, .. } => {
                Err(FluxError::semantic(*span, "testcase statements run only in a test runner; remove it"))
            }
            Statement::Return { span, .. } => {
                Err(FluxError::semantic(*span, "return may stand only in a function's block"))
            }
            Statement::Bad { span } => Err(FluxError::semantic(*span, "invalid statement")),
        }
    }
}
