//! `=~` and `!~` with a pattern known before the run.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::datatypes::DataType;
use flux::ast::BinaryOperator;
use flux::library::{Argument, pattern};
use flux::plan::{Scalar, ScalarType};
use regex::Regex;

use super::compile::{Typed, null_of};
use super::error::{Fault, RowError};
use super::kernel::{Guard, Kernel, total};

/// `text =~ pattern`, or the other way round.
pub(super) fn compile(operator: BinaryOperator, text: Typed, pattern: &Argument) -> Result<Typed, RowError> {
    let Argument::Scalar(Scalar::Regex(source)) = pattern else {
        return Err(RowError::Internal("a match without a pattern".to_owned()));
    };
    if text.data_type.is_none() {
        return Ok(Typed::new(null_of(ScalarType::Bool), ScalarType::Bool));
    }
    let kernel = Matching {
        source: source.to_string(),
        regex: pattern::compile(source)?,
        wanted: operator == BinaryOperator::Matches,
    };
    Ok(Typed::new(total(kernel, DataType::Boolean, vec![text.expr]), ScalarType::Bool))
}

#[derive(Debug)]
struct Matching {
    source: String,
    regex: Arc<Regex>,
    wanted: bool,
}

impl Kernel for Matching {
    fn name(&self) -> String {
        format!("flux_match {} /{}/", if self.wanted { "=~" } else { "!~" }, self.source)
    }

    fn evaluate(&self, arguments: &[ArrayRef], _rows: usize, _guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let [texts] = arguments else { return Err(super::values::wrong_arguments("match")) };
        let texts = texts.as_string_view_opt().ok_or_else(|| super::values::wrong_arguments("match"))?;
        let mut last: Option<(&str, bool)> = None;
        let answers = texts.iter().map(|text| {
            let text = text?;
            // Rows of one series come together and have the same tags.
            let found = match last {
                Some((known, found)) if known == text => found,
                _ => self.regex.is_match(text) == self.wanted,
            };
            last = Some((text, found));
            Some(found)
        });
        Ok(Arc::new(answers.collect::<BooleanArray>()))
    }
}
