//! Points in a region: `stContains` of a known region and two columns, over arrays.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanBuilder};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use flux::library::geo::{Bounds, Region};
use flux::plan::{RowExpr, ScalarType};
use storage::snapshot::{FieldRanges, Near, PointRanges};

use super::compile::{Compiler, Operand, Typed};
use super::error::{Fault, RowError};
use super::interpret::constant;
use super::kernel::{Guard, Kernel, fallible};
use super::values::wrong_arguments;

const CONTAINS: &str = "experimental/geo.stContains";

/// The region and the expressions of latitude and longitude of such a call.
fn parts<'a>(function: &str, arguments: &'a [(String, RowExpr)]) -> Option<(Region, &'a RowExpr, &'a RowExpr, String)> {
    if function != CONTAINS {
        return None;
    }
    let argument = |name: &str| arguments.iter().find(|(n, _)| n == name).map(|(_, value)| value);
    let RowExpr::Record { with: None, properties } = argument("geometry")? else { return None };
    let (lat, lon) = match properties.as_slice() {
        [(a, lat), (b, lon)] if a == "lat" && b == "lon" => (lat, lon),
        [(b, lon), (a, lat)] if a == "lat" && b == "lon" => (lat, lon),
        _ => return None,
    };
    let (region, units) = (constant(argument("region")?)?, constant(argument("units")?)?);
    let text = format!("{region:?} {units:?}");
    Some((Region::of(&region, &units).ok()?, lat, lon, text))
}

/// Ranges of the two columns outside which no point lies in the region. Degrees beyond the usual ones name points of other
/// places, so there nothing is said.
pub(super) fn ranges(function: &str, arguments: &[(String, RowExpr)]) -> Option<Vec<Near>> {
    let (region, lat, lon, _) = parts(function, arguments)?;
    let (RowExpr::Column(lat), RowExpr::Column(lon)) = (lat, lon) else { return None };
    let bounds = region.bounds();
    Some(vec![
        Near::Field(FieldRanges { field: lat.clone(), ranges: vec![bounds.lat], domain: (-90.0, 90.0) }),
        Near::Field(FieldRanges { field: lon.clone(), ranges: bounds.lon, domain: (-180.0, 180.0) }),
        Near::Points(PointRanges { lat: lat.clone(), lon: lon.clone(), cells: region.leaf_ranges().into() }),
    ])
}

/// The call as a kernel, if it is one of these.
pub(super) fn compile(
    compiler: &Compiler<'_>,
    function: &str,
    arguments: &[(String, RowExpr)],
) -> Result<Option<Operand>, RowError> {
    let Some((region, lat, lon, text)) = parts(function, arguments) else { return Ok(None) };
    let exact = compiler.exact();
    let (Operand::Column(lat), Operand::Column(lon)) = (exact.operand(lat)?, exact.operand(lon)?) else {
        return Ok(None);
    };
    let float = |typed: &Typed| typed.data_type == Some(ScalarType::Float);
    if !float(&lat) || !float(&lon) {
        return Ok(None);
    }
    let kernel = Inside { bounds: region.bounds(), region, text };
    let expr =
        fallible(kernel, DataType::Boolean, vec![lat.expr, lon.expr], compiler.guard.clone(), compiler.scope.place);
    Ok(Some(Operand::Column(Typed::new(expr, ScalarType::Bool))))
}

#[derive(Debug)]
struct Inside {
    region: Region,
    bounds: Bounds,
    /// The region as the script has it: a kernel's name tells it from others.
    text: String,
}

impl Kernel for Inside {
    fn name(&self) -> String {
        format!("flux inside {}", self.text)
    }

    fn evaluate(&self, arguments: &[ArrayRef], rows: usize, guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let [lat, lon] = arguments else { return Err(wrong_arguments(CONTAINS)) };
        let floats = |array: &ArrayRef| array.as_primitive_opt::<Float64Type>().cloned();
        let (Some(lat), Some(lon)) = (floats(lat), floats(lon)) else { return Err(wrong_arguments(CONTAINS)) };
        let mut out = BooleanBuilder::with_capacity(rows);
        for row in 0..rows {
            if !guard.is_open(row) {
                out.append_null();
                continue;
            }
            if lat.is_null(row) || lon.is_null(row) {
                return Err(Fault::Row("invalid point specification - lat, lon must not be null".to_owned()));
            }
            let (lat, lon) = (lat.value(row), lon.value(row));
            out.append_value(self.bounds.may_contain(lat, lon) && self.region.contains(lat, lon));
        }
        Ok(Arc::new(out.finish()))
    }
}
