//! Wide rows: what `pivot` of `_field` asks of a bucket is what storage keeps, one row a series and time with a column a
//! field. Each measurement and set of tag keys is one scan, no pivot and no join.

use std::sync::Arc;

use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use datafusion::prelude::{lit, when};
use flux::FluxError;
use flux::plan::{RowExpr, ScalarType};
use model::{FieldType, SeriesFilter, TimeRange};
use storage::snapshot::{FieldRanges, Near, PointRanges, ScanRequest};

use super::table::{self, SeriesTable, TIME, field_column, tag_column};
use super::{Known, RESERVED, Residual, Source, series_key, simplify, source_column, text};
use crate::error::{from_datafusion, from_storage};
use crate::lane::{Lane, LaneColumn, OrderKey};
use crate::scalar::{field_scalar_type, time_value};

/// Hidden: the place of a pivoted table in the order of keys.
const TABLE: &str = "\u{1}pivoted";
/// Hidden: the number of the first field that a row has.
const RANK: &str = "\u{1}first field";
/// Hidden: the time of the row.
const ROW_TIME: &str = "\u{1}row time";

/// Gives the wanted series of a measurement and a set of tag keys.
type Series<'a> = &'a dyn Fn(&str, &[String]) -> Result<SeriesFilter, FluxError>;

/// What is asked beside the source.
pub(crate) struct Wide<'a> {
    /// The column of a field.
    pub(crate) label: &'a dyn Fn(&str) -> Result<String, FluxError>,
    /// Whether columns come in alphabetical order, as behind `map`.
    pub(crate) sorted: bool,
    /// Series that are wanted, by measurement and set of tag keys.
    pub(crate) series: Series<'a>,
    /// Ranges of columns outside which nothing is wanted.
    pub(crate) near: &'a [Near],
}

/// A lane of one measurement and set of tag keys.
pub(crate) struct WideLane {
    pub(crate) lane: Lane,
    /// The columns made of fields.
    pub(crate) labels: Vec<(String, ScalarType)>,
    /// Every row has all of them.
    pub(crate) whole: bool,
}

/// One scan: all wanted fields of a measurement's series with one set of tag keys.
struct Scan {
    measurement: Arc<str>,
    tag_set: Vec<String>,
    one_of_many: bool,
    /// Label, field and type, by label.
    fields: Vec<(String, String, FieldType)>,
    series: SeriesFilter,
    residual: Option<Residual>,
}

impl Source<'_> {
    /// The lanes; `None` if the source is not a matter of whole rows: a predicate looks at values, or fields differ in
    /// their series, or names collide.
    pub(crate) fn wide(&self, asked: &Wide<'_>) -> Result<Option<Vec<WideLane>>, FluxError> {
        let Some(scans) = self.wide_scans(asked)? else { return Ok(None) };
        scans.iter().map(|scan| self.wide_lane(scan, asked)).collect::<Result<_, _>>().map(Some)
    }

    fn wide_scans(&self, asked: &Wide<'_>) -> Result<Option<Vec<Scan>>, FluxError> {
        let range = TimeRange::new(self.bounds.start, self.bounds.stop);
        let mut scans = Vec::new();
        for measurement in self.bucket.snapshot.measurements() {
            if !self.may_match(&measurement)? {
                continue;
            }
            let Some(info) = self.bucket.snapshot.measurement(&measurement) else { continue };
            if !info.time_bounds.is_some_and(|(first, last)| range.overlaps(first, last)) {
                continue;
            }
            for tag_set in &info.tag_sets {
                let mut scan: Option<Scan> = None;
                for (field, kind) in &info.fields {
                    let known = Known {
                        measurement: &measurement,
                        field: Some(field),
                        tag_set: Some(tag_set),
                        kind: Some(*kind),
                    };
                    let Some((series, residual)) = simplify(self.predicates, &known)? else { continue };
                    let one = ((asked.label)(field)?, field.clone(), *kind);
                    match &mut scan {
                        Some(scan) if scan.series != series || scan.residual != residual => return Ok(None),
                        Some(scan) => scan.fields.push(one),
                        None => {
                            scan = Some(Scan {
                                measurement: measurement.clone(),
                                tag_set: tag_set.clone(),
                                one_of_many: info.tag_sets.len() > 1,
                                fields: vec![one],
                                series,
                                residual,
                            });
                        }
                    }
                }
                let Some(mut scan) = scan else { continue };
                scan.fields.sort();
                if !scan.is_plain() {
                    return Ok(None);
                }
                let wanted = (asked.series)(&scan.measurement, &scan.tag_set)?;
                if wanted != SeriesFilter::All {
                    scan.series = SeriesFilter::And(vec![scan.series, wanted]);
                }
                scans.push(scan);
            }
        }
        Ok(Some(scans))
    }

    fn wide_request(&self, scan: &Scan) -> ScanRequest {
        ScanRequest {
            measurement: scan.measurement.to_string(),
            tags: scan.tag_set.clone(),
            fields: scan.fields.iter().map(|(_, field, kind)| (field.clone(), *kind)).collect(),
            range: TimeRange::new(self.bounds.start, self.bounds.stop),
            filter: scan.series.clone(),
            tag_sets: scan.one_of_many.then(|| vec![scan.tag_set.clone()]),
            near: Vec::new(),
        }
    }

    fn wide_lane(&self, scan: &Scan, asked: &Wide<'_>) -> Result<WideLane, FluxError> {
        let mut request = self.wide_request(scan);
        let set = self.bucket.snapshot.always_set(&request).map_err(|e| from_storage(&e))?;
        let whole = set.iter().all(|set| *set);
        if whole {
            // Rows that are left out must not be what a column's being there hangs on.
            request.near = scan.near(asked.near);
        }
        let lane = self.wide_plan(scan, request, asked.sorted, &set).map_err(from_datafusion)?;
        let labels = scan.fields.iter().map(|(label, _, kind)| (label.clone(), field_scalar_type(*kind))).collect();
        Ok(WideLane { lane, labels, whole })
    }

    fn wide_plan(&self, scan: &Scan, request: ScanRequest, sorted: bool, set: &[bool]) -> DfResult<Lane> {
        let mut columns: Vec<(LaneColumn, Expr)> = Vec::new();
        let mut add = |name: &str, data_type, value: Expr| {
            columns.push((LaneColumn { name: name.to_owned(), data_type }, value));
        };
        add("_start", ScalarType::Time, Expr::Literal(time_value(self.bounds.start), None));
        add("_stop", ScalarType::Time, Expr::Literal(time_value(self.bounds.stop), None));
        add("_time", ScalarType::Time, source_column(TIME));
        let mut tags: Vec<&str> = scan.tag_set.iter().map(String::as_str).chain(["_measurement"]).collect();
        tags.sort_unstable();
        for tag in tags {
            let value = if tag == "_measurement" { text(&scan.measurement) } else { source_column(&tag_column(tag)) };
            add(tag, ScalarType::String, value);
        }
        if sorted {
            columns.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        }
        let key = columns.iter().map(|(c, _)| c.name.clone()).filter(|n| n != "_time").collect();
        for (label, field, kind) in &scan.fields {
            let column = LaneColumn { name: label.clone(), data_type: field_scalar_type(*kind) };
            columns.push((column, source_column(&field_column(field))));
        }
        let mut exprs: Vec<Expr> = columns.iter().map(|(c, value)| value.clone().alias(&c.name)).collect();
        exprs.push(scan.table_key().alias(TABLE));
        exprs.push(scan.rank(set)?.alias(RANK));
        exprs.push(source_column(TIME).alias(ROW_TIME));
        let provider = provider_as_source(Arc::new(SeriesTable::wide(self.bucket.snapshot.clone(), request)));
        let mut plan = LogicalPlanBuilder::scan(table::RELATION, provider, None)?.project(exprs)?;
        if let Some(residual) = &scan.residual {
            plan = plan.filter(residual.to_expr(ScalarType::Bool)?)?;
        }
        Ok(Lane {
            plan: plan.build()?,
            columns: columns.into_iter().map(|(c, _)| c).collect(),
            key,
            order: vec![OrderKey::ascending(RANK), OrderKey::ascending(ROW_TIME)],
            table_order: vec![OrderKey::ascending(TABLE)],
            variants: None,
            settled: false,
            empty: None,
            bounds: Some(self.bounds),
            fields: Vec::new(),
            series: Some(self.series_bound(&scan.tag_set, std::iter::once((&*scan.measurement, 1)))),
            poison: None,
            whole: None,
        })
    }
}

impl Scan {
    /// Whether its rows are the pivoted ones, without a case that the pivot in general knows better.
    fn is_plain(&self) -> bool {
        let taken = |name: &String| {
            RESERVED.contains(&name.as_str()) || name == "_measurement" || name == "_field" || name.starts_with('\u{1}')
        };
        let mut labels: Vec<&String> = self.fields.iter().map(|(label, ..)| label).collect();
        labels.dedup();
        labels.len() == self.fields.len()
            && !self.tag_set.iter().any(taken)
            && !labels.iter().any(|label| taken(label) || self.tag_set.contains(label))
            && self.residual.as_ref().is_none_or(|residual| !reads_values(residual))
    }

    /// What is near, by fields of storage.
    fn near(&self, near: &[Near]) -> Vec<Near> {
        let field = |wanted: &str| {
            let found = self.fields.iter().find(|(label, _, kind)| *label == wanted && *kind == FieldType::Float);
            found.map(|(_, field, _)| field.clone())
        };
        let one = |wanted: &Near| match wanted {
            Near::Field(f) => field(&f.field).map(|field| Near::Field(FieldRanges { field, ..f.clone() })),
            Near::Points(p) => {
                let (lat, lon) = (field(&p.lat)?, field(&p.lon)?);
                Some(Near::Points(PointRanges { lat, lon, ..p.clone() }))
            }
        };
        // Without one of the fields nothing is known of a row.
        near.iter().map(one).collect::<Option<_>>().unwrap_or_default()
    }

    /// The number of the first field, by label, that a row has: rows come in the order of first appearance.
    fn rank(&self, set: &[bool]) -> DfResult<Expr> {
        let number = |i: usize| lit(ScalarValue::UInt32(u32::try_from(i).ok()));
        let fields: Vec<(usize, &(String, String, FieldType))> = self.fields.iter().enumerate().collect();
        let until = set.iter().position(|set| *set).unwrap_or(fields.len());
        let mut rank = number(until);
        for (i, (_, field, _)) in fields.into_iter().take(until).rev() {
            rank = when(source_column(&field_column(field)).is_not_null(), number(i)).otherwise(rank)?;
        }
        Ok(rank)
    }

    fn table_key(&self) -> Expr {
        let keys = self.tag_set.iter().map(|key| (key.clone(), source_column(&tag_column(key))));
        series_key::table_key(&self.measurement, keys.collect())
    }
}

fn reads_values(residual: &Residual) -> bool {
    match residual {
        Residual::And(parts) | Residual::Or(parts) => parts.iter().any(reads_values),
        Residual::Tag { .. } => false,
        Residual::Row(expr) => match expr {
            RowExpr::Binary(_, left, _) => {
                !matches!(left.as_ref(), RowExpr::Column(name) if ["_time", "_start", "_stop"].contains(&name.as_str()))
            }
            _ => true,
        },
    }
}
