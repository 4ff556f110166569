//! The static check of calls: names and types of arguments against what a function takes, and what it gives.

use std::rc::Rc;

use crate::ast::{Expression, ExpressionKind, Property, Span};
use crate::library::Kind;

use super::check::Checker;
use super::infer::{self, Signature, Ty};
use super::packages;
use super::signature::{Type, mismatched_names, parse_parameters};

/// Types of library functions that are written in Flux, where a wrong argument would else be found deep inside.
const FLUX_SIGNATURES: &[(&str, &str)] = &[
    (
        "aggregateWindow",
        "every: duration, period: duration, offset: duration, location: record, column: string, timeSrc: string, \
         timeDst: string, createEmpty: bool, fn: fn(tables column)",
    ),
    ("top", "n: int, columns: [string]"),
    ("bottom", "n: int, columns: [string]"),
    ("median", "column: string, method: string, compression: float"),
    ("stateCount", "column: string, fn: fn(r)"),
    ("stateDuration", "column: string, timeColumn: string, unit: duration, fn: fn(r)"),
    ("timedMovingAverage", "every: duration, period: duration, column: string"),
    ("timeWeightedAvg", "unit: duration"),
];

impl Checker {
    pub(crate) fn call(&mut self, callee: &Expression, arguments: &[Property], piped: Option<Ty>, span: Span) -> Ty {
        let callee_ty = self.infer(callee);
        let signature = match callee_ty {
            Ty::Function(signature) => Some(signature),
            Ty::Unknown => None,
            other => {
                self.problem(span, format!("expected {} but found () => A (function)", other.describe()));
                None
            }
        };
        let Some(signature) = signature else {
            for argument in arguments {
                self.infer(&argument.value);
            }
            return Ty::Unknown;
        };
        let rows = match (&signature.library, &piped) {
            (Some(name), Some(Ty::Stream(Some(rows)))) if name == "map" || name == "filter" => Some(rows.clone()),
            _ => None,
        };
        let mut types: Vec<(&str, Ty, Span)> = Vec::new();
        for argument in arguments {
            let ty = match (&argument.value.kind, &rows) {
                (ExpressionKind::Function(function), Some(rows)) if argument.key.name == "fn" => {
                    let outer = self.row_call.replace(span);
                    let row = Ty::Record { fields: rows.clone(), row: true };
                    let ty = self.function(function, &[("r", row)]);
                    self.row_call = outer;
                    ty
                }
                _ => self.infer(&argument.value),
            };
            types.push((argument.key.name.as_str(), ty, argument.value.span));
        }
        let parameters: Vec<(&str, bool, bool)> =
            signature.parameters.iter().map(|(name, required, pipe)| (name.as_str(), *required, *pipe)).collect();
        let given: Vec<(&str, Span)> = types.iter().map(|(name, _, at)| (*name, *at)).collect();
        self.problems.extend(mismatched_names(&parameters, &given, piped.is_some(), span));
        let pipe_name = parameters.iter().find(|(_, _, pipe)| *pipe).map(|(name, ..)| *name);
        if let (Some(ty), Some(name)) = (piped.clone(), pipe_name) {
            types.push((name, ty, span));
        }
        for (name, ty, at) in &types {
            let expected = signature.types.iter().find(|(n, _)| n == name).map(|(_, t)| t);
            if let Some(text) = expected.and_then(|expected| misfit(expected, ty)) {
                self.problem(*at, format!("{text} (argument {name})"));
            }
        }
        returned(&signature, &types, piped.as_ref())
    }
}

/// What a call gives, with the rows of streams that are written in the script.
fn returned(signature: &Signature, types: &[(&str, Ty, Span)], piped: Option<&Ty>) -> Ty {
    let argument = |name: &str| types.iter().find(|(n, ..)| *n == name).map(|(_, ty, _)| ty);
    match (signature.library.as_deref(), argument("rows"), argument("fn")) {
        (Some("array.from"), Some(Ty::Array(element)), _) => match &**element {
            Ty::Record { fields, .. } => Ty::Stream(Some(fields.clone())),
            _ => Ty::Stream(None),
        },
        (Some("filter"), _, _) => piped.cloned().unwrap_or(Ty::Stream(None)),
        (Some("map"), _, Some(Ty::Function(function))) => match &function.returns {
            Ty::Record { fields, .. } if fields.iter().all(|(_, ty)| *ty != Ty::Unknown) => {
                Ty::Stream(Some(fields.clone()))
            }
            _ => Ty::Stream(None),
        },
        _ => signature.returns.clone(),
    }
}

/// Why a type does not fit a parameter.
fn misfit(expected: &Type, found: &Ty) -> Option<String> {
    let kind = match expected {
        Type::Bool => Kind::Bool,
        Type::Int => Kind::Int,
        Type::UInt => Kind::UInt,
        Type::Float => Kind::Float,
        Type::String => Kind::String,
        Type::Time => Kind::Time,
        Type::Duration => Kind::Duration,
        Type::Regex => Kind::Regex,
        Type::Array(element) => {
            return match found {
                Ty::Array(inner) => misfit(element, inner),
                Ty::Unknown | Ty::Scalar(Kind::Null) => None,
                other => Some(format!("expected {} but found {}", expected.describe(), other.describe())),
            };
        }
        Type::Stream | Type::Record | Type::Function(_) => {
            let fits = matches!(
                (expected, found),
                (_, Ty::Unknown | Ty::Scalar(Kind::Null))
                    | (Type::Stream, Ty::Stream(_))
                    | (Type::Record, Ty::Record { .. })
                    | (Type::Function(_), Ty::Function(_))
            );
            return (!fits).then(|| format!("expected {} but found {}", expected.describe(), found.describe()));
        }
        Type::Any | Type::Table | Type::Dictionary => return None,
    };
    Ty::Scalar(kind).conflict(found)
}

/// The type of a library member.
pub(crate) fn member_type(package: &'static str, name: &str) -> Option<Ty> {
    if let Some(native) = packages::native(package, name) {
        return Some(infer::native(native));
    }
    if let Some(constant) = packages::constant(package, name) {
        return Some(Ty::Scalar(Kind::of(&constant)));
    }
    let expression = packages::flux_member(package, name).ok()??;
    let ExpressionKind::Function(function) = &expression.kind else { return Some(Ty::Unknown) };
    let is_pipe = |e: &Option<Expression>| matches!(e, Some(e) if matches!(e.kind, ExpressionKind::PipeLiteral));
    let parameters: Vec<(String, bool, bool)> = function
        .parameters
        .iter()
        .map(|p| (p.key.name.clone(), p.default.is_none() || is_pipe(&p.default), is_pipe(&p.default)))
        .collect();
    let takes_stream = parameters.iter().any(|(_, _, pipe)| *pipe) && !package.ends_with("array");
    let types = FLUX_SIGNATURES
        .iter()
        .find(|(known, _)| package == "universe" && *known == name)
        .map(|(_, text)| parse_parameters(text).into_iter().map(|p| (p.name, p.expected)).collect())
        .unwrap_or_default();
    let returns = if takes_stream { Ty::Stream(None) } else { Ty::Unknown };
    Some(Ty::Function(Rc::new(Signature { parameters, types, returns, library: Some(format!("{package}.{name}")) })))
}
