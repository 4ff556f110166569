//! The library's packages: native functions, Flux sources, what is known but not built, and near names for messages.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::FluxError;
use crate::ast::{self, Expression, Span, Statement};
use crate::plan::Scalar;

use super::builtin;
use super::signature::Native;

/// Packages whose members need no import.
pub(crate) const PRELUDE: [&str; 2] = ["universe", "influxdata/influxdb"];

/// Packages with a part in Flux, and that text.
const SOURCES: &[(&str, &str)] = &[
    ("universe", include_str!("../stdlib/universe.flux")),
    ("influxdata/influxdb/schema", include_str!("../stdlib/schema.flux")),
    ("influxdata/influxdb/v1", include_str!("../stdlib/v1.flux")),
    ("date", include_str!("../stdlib/date.flux")),
    ("math", include_str!("../stdlib/math.flux")),
    ("timezone", include_str!("../stdlib/timezone.flux")),
    ("types", include_str!("../stdlib/types.flux")),
    ("join", include_str!("../stdlib/join.flux")),
    ("experimental", include_str!("../stdlib/experimental.flux")),
    ("experimental/array", include_str!("../stdlib/experimental_array.flux")),
    ("experimental/bitwise", include_str!("../stdlib/experimental_bitwise.flux")),
    ("experimental/date/boundaries", include_str!("../stdlib/boundaries.flux")),
    ("experimental/geo", include_str!("../stdlib/geo.flux")),
    ("influxdata/influxdb/sample", include_str!("../stdlib/sample.flux")),
    ("sampledata", include_str!("../stdlib/sampledata.flux")),
    ("experimental/aggregate", include_str!("../stdlib/experimental_aggregate.flux")),
    ("experimental/oee", include_str!("../stdlib/oee.flux")),
    ("influxdata/influxdb/monitor", include_str!("../stdlib/monitor.flux")),
    ("influxdata/influxdb/tasks", include_str!("../stdlib/tasks.flux")),
    ("contrib/anaisdg/anomalydetection", include_str!("../stdlib/anomalydetection.flux")),
    ("experimental/dynamic", include_str!("../stdlib/dynamic.flux")),
    ("experimental/iox", include_str!("../stdlib/iox.flux")),
    ("experimental/prometheus", include_str!("../stdlib/prometheus.flux")),
    ("experimental/record", include_str!("../stdlib/record.flux")),
    ("internal/debug", include_str!("../stdlib/debug.flux")),
    ("internal/influxql", include_str!("../stdlib/influxql.flux")),
    ("internal/testing", include_str!("../stdlib/internal_testing.flux")),
    ("pagerduty", include_str!("../stdlib/pagerduty.flux")),
    ("testing", include_str!("../stdlib/testing.flux")),
    ("contrib/anaisdg/statsmodels", include_str!("../stdlib/statsmodels.flux")),
    ("contrib/bonitoo-io/tickscript", include_str!("../stdlib/tickscript.flux")),
    ("contrib/jsternberg/influxdb", include_str!("../stdlib/jsternberg.flux")),
];

/// Packages that have native functions only.
const NATIVE_ONLY: &[&str] = &[
    "array",
    "bitwise",
    "contrib/bonitoo-io/hex",
    "contrib/qxip/hash",
    "contrib/tomhollingworth/events",
    "csv",
    "dict",
    "experimental/json",
    "experimental/table",
    "generate",
    "influxdata/influxdb",
    "http",
    "interpolate",
    "json",
    "regexp",
    "strings",
    "system",
];

/// Packages of Flux that Tidegauge does not have.
const NOT_BUILT: &[&str] = &[
    "experimental/csv",
    "experimental/http",
    "experimental/influxdb",
    "experimental/mqtt",
    "experimental/query",
    "experimental/usage",
    "http/requests",
    "influxdata/influxdb/secrets",
    "internal/promql",
    "kafka",
    "opsgenie",
    "planner",
    "profiler",
    "pushbullet",
    "runtime",
    "slack",
    "socket",
    "sql",
    "testing/expect",
];

/// Functions of Flux that Tidegauge does not have yet, by package.
const FUNCTIONS_NOT_BUILT: &[(&str, &[&str])] = &[
    ("influxdata/influxdb/v1", &["databases", "json"]),
    ("internal/debug", &["feature"]),
    ("experimental/iox", &["from", "sql"]),
    ("experimental/prometheus", &["scrape"]),
    ("http", &["basicAuth", "endpoint", "get", "post"]),
    ("pagerduty", &["endpoint", "sendEvent"]),
    ("testing", &["assertEquals", "benchmark"]),
];

/// The package of an import path.
pub(crate) fn find(path: &str) -> Option<&'static str> {
    SOURCES.iter().map(|(p, _)| *p).chain(NATIVE_ONLY.iter().copied()).find(|p| *p == path)
}

/// What to say of an import that cannot be served.
pub(crate) fn unknown_import_text(path: &str) -> String {
    let hint = near(path, SOURCES.iter().map(|(p, _)| *p).chain(NATIVE_ONLY.iter().copied()));
    if NOT_BUILT.contains(&path) || path.starts_with("contrib/") {
        return format!("package \"{path}\" is not supported by Tidegauge{hint}");
    }
    format!("invalid import path {path}{hint}")
}

type ByName = HashMap<&'static str, Native>;

fn natives() -> &'static HashMap<&'static str, ByName> {
    static NATIVES: OnceLock<HashMap<&'static str, ByName>> = OnceLock::new();
    NATIVES.get_or_init(|| {
        let mut packages: HashMap<&'static str, ByName> = HashMap::new();
        for native in builtin::all() {
            packages.entry(native.package).or_default().insert(native.name, native);
        }
        packages
    })
}

/// A native function.
pub(crate) fn native(package: &str, name: &str) -> Option<&'static Native> {
    natives().get(package)?.get(name)
}

/// A constant of the library, such as `math.pi`.
pub(crate) fn constant(package: &str, name: &str) -> Option<Scalar> {
    match package {
        "universe" => crate::library::constant(name),
        _ => crate::library::constant(&format!("{package}.{name}")),
    }
}

type Parsed = Result<ast::File, FluxError>;

fn source(package: &str) -> Option<&'static Parsed> {
    static PARSED: [OnceLock<Parsed>; SOURCES.len()] = [const { OnceLock::new() }; SOURCES.len()];
    let at = SOURCES.iter().position(|(path, _)| *path == package)?;
    let (slot, (_, text)) = (PARSED.get(at)?, SOURCES.get(at)?);
    Some(slot.get_or_init(|| crate::syntax::parse_or_error(text)))
}

fn library_file(package: &str) -> Result<Option<&'static ast::File>, FluxError> {
    match source(package) {
        None => Ok(None),
        Some(Ok(file)) => Ok(Some(file)),
        Some(Err(error)) => Err(FluxError {
            message: format!("the library package \"{package}\" cannot be read: {}", error.message),
            code: crate::ErrorCode::Internal,
            span: None,
        }),
    }
}

/// The expression that defines a member in the package's Flux part.
pub(crate) fn flux_member(package: &str, name: &str) -> Result<Option<&'static Expression>, FluxError> {
    let Some(file) = library_file(package)? else { return Ok(None) };
    Ok(file.body.iter().find_map(|statement| match statement {
        Statement::Variable(a) | Statement::Option { assignment: a, .. } if a.name.name == name => Some(&a.value),
        _ => None,
    }))
}

/// Whether the package declares an option of this name.
pub(crate) fn has_option(package: &str, name: &str) -> bool {
    let declared = match library_file(package) {
        Ok(Some(file)) => {
            file.body.iter().any(|s| matches!(s, Statement::Option { assignment, .. } if assignment.name.name == name))
        }
        _ => false,
    };
    declared || (package == "universe" && (name == "now" || name == "location"))
}

/// The package that a library source imports under this name.
pub(crate) fn import_of(package: &str, name: &str) -> Option<&'static str> {
    let file = library_file(package).ok()??;
    file.imports.iter().find(|import| import_name(import) == name).and_then(|import| find(&import.path.value))
}

/// The name under which an import is known.
pub(crate) fn import_name(import: &ast::Import) -> &str {
    match &import.alias {
        Some(alias) => &alias.name,
        None => import.path.value.rsplit('/').next().unwrap_or(&import.path.value),
    }
}

/// Names of a package's members.
pub(crate) fn members(package: &str) -> Vec<&'static str> {
    let mut names: Vec<&'static str> =
        natives().get(package).into_iter().flat_map(|names| names.keys().copied()).collect();
    if let Ok(Some(file)) = library_file(package) {
        names.extend(file.body.iter().filter_map(|statement| match statement {
            Statement::Variable(a) | Statement::Option { assignment: a, .. } => Some(a.name.name.as_str()),
            _ => None,
        }));
    }
    names.retain(|name| !name.starts_with('_'));
    names
}

/// Whether Flux has the function and Tidegauge does not.
fn not_built(package: &str, name: &str) -> bool {
    FUNCTIONS_NOT_BUILT.iter().any(|(p, names)| *p == package && names.contains(&name))
}

/// The error for a name that nothing defines.
pub(crate) fn undefined(name: &str, span: Span) -> FluxError {
    FluxError::semantic(span, undefined_text(name))
}

/// Its text.
pub(crate) fn undefined_text(name: &str) -> String {
    if let Some(package) = PRELUDE.iter().find(|p| not_built(p, name)) {
        let names: Vec<&str> = PRELUDE.iter().flat_map(|p| members(p)).collect();
        return format!(
            "function \"{name}\" of package \"{package}\" is not supported by Tidegauge{}",
            near(name, names.into_iter())
        );
    }
    if let Some(path) = SOURCES.iter().map(|(p, _)| *p).chain(NATIVE_ONLY.iter().copied()).find(|p| last(p) == name) {
        return format!("undefined identifier {name} (add: import \"{path}\")");
    }
    let names: Vec<&str> = PRELUDE.iter().flat_map(|p| members(p)).collect();
    format!("undefined identifier {name}{}", near(name, names.into_iter()))
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What to say of a member that a package does not have.
pub(crate) fn missing_member_text(package: &str, name: &str) -> String {
    let hint = near(name, members(package).into_iter());
    if not_built(package, name) {
        return format!("function \"{name}\" of package \"{package}\" is not supported by Tidegauge{hint}");
    }
    format!("record is missing label {name}{hint}")
}

/// ` (did you mean a or b?)`: the known names nearest to one that is unknown, empty if none is near.
fn near<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let bound = (name.chars().count() / 3).clamp(1, 3);
    let mut close: Vec<(usize, &str)> = known.map(|k| (distance(name, k), k)).filter(|(d, _)| *d <= bound).collect();
    close.sort_unstable();
    close.dedup();
    let names: Vec<&str> = close.into_iter().map(|(_, k)| k).take(3).collect();
    if names.is_empty() { String::new() } else { format!(" (did you mean {}?)", names.join(" or ")) }
}

/// Edit distance, upper and lower case alike.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for (j, y) in b.chars().enumerate() {
            let change = row.get(j).copied().unwrap_or(0) + usize::from(x != y);
            let delete = row.get(j + 1).copied().unwrap_or(0) + 1;
            let insert = next.get(j).copied().unwrap_or(0) + 1;
            next.push(change.min(delete).min(insert));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// A scalar as string interpolation writes it.
pub(crate) fn display_scalar(scalar: &Scalar) -> String {
    super::library_call::display(scalar)
}
