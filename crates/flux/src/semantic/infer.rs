//! Types as far as a script's text says them, for the static check. What is not certain is [`Ty::Unknown`].

use std::rc::Rc;

use crate::ast::BinaryOperator;
use crate::library::{self, Kind, Returns};

use super::signature::Native;

/// A type that is known before anything runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ty {
    Unknown,
    Scalar(Kind),
    Array(Rc<Ty>),
    /// All properties are known. `row`: it is the row of a stream.
    Record {
        fields: Rc<Vec<(String, Ty)>>,
        row: bool,
    },
    /// The type of its rows, where they were written in the script.
    Stream(Option<Rc<Vec<(String, Ty)>>>),
    Function(Rc<Signature>),
    Package(&'static str),
}

/// Parameters of a function and what it gives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Signature {
    pub(crate) parameters: Vec<(String, bool, bool)>,
    pub(crate) types: Vec<(String, super::signature::Type)>,
    pub(crate) returns: Ty,
    /// `package.name` of a library function.
    pub(crate) library: Option<String>,
}

impl Signature {
    /// `(a: A) => bool`
    pub(crate) fn describe(&self) -> String {
        let parameters: Vec<String> = self.parameters.iter().map(|(name, ..)| format!("{name}: A")).collect();
        format!("({}) => {}", parameters.join(", "), self.returns.bare())
    }
}

impl Ty {
    /// This type, or nothing certain if it has too many members to walk over.
    pub(crate) fn bounded(self) -> Self {
        if self.size() > super::limits::TYPE_MEMBERS { Self::Unknown } else { self }
    }

    fn size(&self) -> usize {
        match self {
            Self::Array(element) => element.size() + 1,
            Self::Record { fields, .. } | Self::Stream(Some(fields)) => {
                fields.iter().map(|(_, ty)| ty.size()).sum::<usize>() + 1
            }
            _ => 1,
        }
    }

    /// The type in messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Array(_) => format!("{} (array)", self.bare()),
            Self::Record { .. } | Self::Package(_) => format!("{} (record)", self.bare()),
            Self::Function(_) => format!("{} (function)", self.bare()),
            other => other.bare(),
        }
    }

    fn bare(&self) -> String {
        match self {
            Self::Unknown => "A".to_owned(),
            Self::Scalar(kind) => kind.name().to_owned(),
            Self::Array(element) => format!("[{}]", element.bare()),
            Self::Record { fields, .. } => {
                let fields: Vec<String> = fields.iter().map(|(name, ty)| format!("{name}: {}", ty.bare())).collect();
                format!("{{{}}}", fields.join(", "))
            }
            Self::Stream(_) => "stream[A]".to_owned(),
            Self::Function(signature) => {
                let parameters: Vec<String> =
                    signature.parameters.iter().map(|(name, ..)| format!("{name}: A")).collect();
                format!("({}) => B", parameters.join(", "))
            }
            Self::Package(_) => "{A with }".to_owned(),
        }
    }

    /// Why `found` may not stand where this type stands already; `None` if it may or if it is not certain.
    pub(crate) fn conflict(&self, found: &Self) -> Option<String> {
        match (self, found) {
            (Self::Unknown, _) | (_, Self::Unknown) | (Self::Stream(None), Self::Stream(_)) => None,
            (Self::Scalar(Kind::Null), _) | (_, Self::Scalar(Kind::Null)) | (Self::Stream(_), Self::Stream(None)) => {
                None
            }
            (Self::Scalar(a), Self::Scalar(b)) if a == b => None,
            (Self::Array(a), Self::Array(b)) => a.conflict(b),
            (Self::Record { fields: a, .. }, Self::Record { fields: b, .. }) => fields_conflict(a, b, true),
            (Self::Stream(Some(a)), Self::Stream(Some(b))) => fields_conflict(a, b, false),
            (Self::Function(_), Self::Function(_)) => None,
            _ => Some(format!("expected {} but found {}", self.describe(), found.describe())),
        }
    }
}

fn fields_conflict(a: &[(String, Ty)], b: &[(String, Ty)], complete: bool) -> Option<String> {
    for (name, ty) in a {
        match b.iter().find(|(n, _)| n == name) {
            Some((_, other)) => {
                if let Some(text) = ty.conflict(other) {
                    return Some(text);
                }
            }
            None if complete => return Some(format!("record is missing label {name}")),
            None => {}
        }
    }
    if complete {
        return b
            .iter()
            .find(|(name, _)| !a.iter().any(|(n, _)| n == name))
            .map(|(name, _)| format!("record is missing label {name}"));
    }
    None
}

/// The type of `left OPERATOR right`, with the problem of the right side and that of the whole.
pub(crate) fn binary(operator: BinaryOperator, left: &Ty, right: &Ty) -> (Ty, Option<String>, Option<String>) {
    use BinaryOperator as Op;
    let (Ty::Scalar(l), Ty::Scalar(r)) = (left, right) else {
        return (result_of_unknown(operator, left, right), None, None);
    };
    let name = l.name();
    let unfit = |fits: bool| (!fits).then(|| format!("{name} is not {}", super::compare::constraint(operator)));
    match operator {
        Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo | Op::Power => {
            let fits = match operator {
                Op::Add => {
                    matches!(l, Kind::Int | Kind::UInt | Kind::Float | Kind::String | Kind::Duration | Kind::Null)
                }
                Op::Subtract => matches!(l, Kind::Int | Kind::UInt | Kind::Float | Kind::Duration | Kind::Null),
                _ => matches!(l, Kind::Int | Kind::UInt | Kind::Float | Kind::Null),
            };
            let whole = unfit(fits);
            (result_of_unknown(operator, left, right), left.conflict(right), whole)
        }
        Op::Matches | Op::NotMatches => {
            let side = left_or_regex(*l, *r);
            (Ty::Scalar(Kind::Bool), side, None)
        }
        _ => (Ty::Scalar(Kind::Bool), None, None),
    }
}

fn left_or_regex(left: Kind, right: Kind) -> Option<String> {
    match (left, right) {
        (_, Kind::Null) | (Kind::Null, _) | (Kind::String, Kind::Regex) => None,
        (Kind::String, other) => Some(format!("expected regexp but found {}", other.name())),
        (other, _) => Some(format!("expected string but found {}", other.name())),
    }
}

fn result_of_unknown(operator: BinaryOperator, left: &Ty, right: &Ty) -> Ty {
    use BinaryOperator as Op;
    match operator {
        Op::Power => Ty::Scalar(Kind::Float),
        Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo => match (left, right) {
            (Ty::Scalar(Kind::Null), _) => right.clone(),
            (Ty::Scalar(_), _) => left.clone(),
            (_, Ty::Scalar(_)) => right.clone(),
            _ => Ty::Unknown,
        },
        Op::Invalid => Ty::Unknown,
        _ => Ty::Scalar(Kind::Bool),
    }
}

/// The type of a native function.
pub(crate) fn native(native: &Native) -> Ty {
    let returns = match library::find(&native.full_name()).map(|f| f.returns) {
        Some(Returns::Kind(Kind::Null)) => Ty::Unknown,
        Some(Returns::Kind(kind)) => Ty::Scalar(kind),
        Some(Returns::ListOf(kind)) => Ty::Array(Rc::new(Ty::Scalar(kind))),
        Some(_) => Ty::Unknown,
        None => returned(native),
    };
    Ty::Function(Rc::new(Signature {
        parameters: native.parameters.iter().map(|p| (p.name.clone(), p.required, p.pipe)).collect(),
        types: native.parameters.iter().map(|p| (p.name.clone(), p.expected.clone())).collect(),
        returns,
        library: Some(native.full_name()),
    }))
}

fn returned(native: &Native) -> Ty {
    use super::signature::Type;
    let takes_stream = native.parameters.iter().any(|p| p.pipe && p.expected == Type::Stream);
    match native.name {
        "now" | "today" => Ty::Scalar(Kind::Time),
        "tableFind" | "findRecord" | "findColumn" | "catch" => Ty::Unknown,
        "linearBins" | "logarithmicBins" => Ty::Array(Rc::new(Ty::Scalar(Kind::Float))),
        "from" | "buckets" | "union" | "join" | "tagValues" | "tagKeys" | "cardinality" => Ty::Stream(None),
        _ if takes_stream => Ty::Stream(None),
        _ => Ty::Unknown,
    }
}
