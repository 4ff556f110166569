//! Joins of streams.

use crate::FluxError;
use crate::ast::{BinaryOperator, LogicalOperator};
use crate::plan::{JoinMethod, NodeId, Op, RowExpr};
use crate::semantic::arguments::Arguments;
use crate::semantic::evaluate::Evaluator;
use crate::semantic::row;
use crate::semantic::signature::Site;
use crate::semantic::value::Value;

use super::Line;

pub(super) const FUNCTIONS: &[Line] = &[
    ("universe", "join", "<-tables: any, ?method: string, ?on: [string]", join),
    ("join", "tables", "<-left: stream, right: stream, on: fn(l r), as: fn(l r), method: string", join_tables),
    ("experimental", "join", "left: stream, right: stream, fn: fn(left right)", join_on_time),
];

type Outcome = Result<Value, FluxError>;

fn join(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    if let Some(method) = arguments.text("method")?.filter(|m| m != "inner") {
        return Err(FluxError::invalid(format!("{method} is not a valid join type")));
    }
    let on = arguments.texts_or("on", &[])?;
    if on.is_empty() {
        return Err(FluxError::invalid("at least one column in 'on' column list is required"));
    }
    let tables = arguments.need_record("tables")?;
    let mut names = Vec::new();
    let mut inputs: Vec<NodeId> = Vec::new();
    for (name, value) in &tables.fields {
        let Value::Stream(node) = value else {
            return Err(FluxError::semantic(
                arguments.span("tables", site.span),
                format!("expected stream[A] but found {} (argument tables)", value.type_name()),
            ));
        };
        names.push(name.to_string());
        inputs.push(*node);
    }
    if inputs.len() != 2 {
        return Err(FluxError::invalid("joins currently must only have two parents"));
    }
    evaluator.add(Op::Join { names, on }, inputs, site)
}

fn join_tables(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let method = match arguments.need_text("method")?.as_str() {
        "inner" => JoinMethod::Inner,
        "left" => JoinMethod::Left,
        "right" => JoinMethod::Right,
        "full" => JoinMethod::Full,
        _ => {
            return Err(FluxError::invalid(
                "invalid argument for 'method' - must be \"inner\", \"left\", \"right\", or \"full\"",
            ));
        }
    };
    let sides = [("l", row::side(0)), ("r", row::side(1))];
    let on = arguments.need_function("on")?;
    let on = evaluator.row_function(&on, &sides, ("on", arguments.span("on", site.span)))?;
    let mut pairs = Vec::new();
    equalities(&on.body, &mut pairs)?;
    let as_row = arguments.need_function("as")?;
    let as_row = evaluator.row_function(&as_row, &sides, ("as", arguments.span("as", site.span)))?;
    let inputs = vec![arguments.stream("left")?, arguments.stream("right")?];
    evaluator.add(Op::JoinPackage { method, on: pairs, as_row }, inputs, site)
}

/// Rows of one key and one time, of two streams.
fn join_on_time(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let sides = [("left", row::side(0)), ("right", row::side(1))];
    let function = arguments.need_function("fn")?;
    let as_row = evaluator.row_function(&function, &sides, ("fn", arguments.span("fn", site.span)))?;
    let on = vec![("_time".to_owned(), "_time".to_owned())];
    let inputs = vec![arguments.stream("left")?, arguments.stream("right")?];
    evaluator.add(Op::JoinPackage { method: JoinMethod::Inner, on, as_row }, inputs, site)
}

/// The column pairs of `l.a == r.b and ...`.
fn equalities(body: &RowExpr, into: &mut Vec<(String, String)>) -> Result<(), FluxError> {
    match body {
        RowExpr::Logical(LogicalOperator::And, left, right) => {
            equalities(left, into)?;
            equalities(right, into)
        }
        RowExpr::Logical(..) => Err(unfit("unsupported operator in join predicate: or")),
        RowExpr::Binary(BinaryOperator::Equal, left, right) => match (&**left, &**right) {
            (RowExpr::SideColumn(0, l), RowExpr::SideColumn(1, r))
            | (RowExpr::SideColumn(1, r), RowExpr::SideColumn(0, l)) => {
                into.push((l.clone(), r.clone()));
                Ok(())
            }
            (RowExpr::SideColumn(..), RowExpr::SideColumn(..)) => Err(unfit(
                "binary expression operands must reference `l` or `r` only, and may not reference the same object",
            )),
            (RowExpr::SideColumn(..), _) => Err(unfit("right side of comparison is not a member expression")),
            _ => Err(unfit("left side of comparison is not a member expression")),
        },
        RowExpr::Binary(operator, ..) => {
            Err(unfit(&format!("unsupported operator in join predicate: {}", operator.symbol())))
        }
        _ => Err(unfit("illegal expression type in join predicate")),
    }
}

fn unfit(text: &str) -> FluxError {
    FluxError::invalid(format!(
        "error in building plan while starting program: error in join function - some expressions are not yet supported in \
         the `on` parameter: {text}"
    ))
}
