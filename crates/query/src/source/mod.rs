//! Sources: `from |> range |> filter*` as scans of storage.
//!
//! Every measurement, set of tag keys and value type asked for is one scan; scans with equal columns share a lane.
//! Predicates are first decided for each measurement and field, what is left goes into storage where only series decide
//! and into a DataFusion filter where values do.

mod predicate;
mod series_key;
mod table;
mod wide;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::{Column, Result as DfResult, ScalarValue};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use flux::FluxError;
use flux::plan::{Bounds, RowFunction, ScalarType};
use model::{FieldType, SeriesFilter, TimeRange};
use storage::snapshot::{End, ScanRequest};

use crate::context::OpenBucket;
use crate::error::{external, from_datafusion, from_storage};
use crate::lane::{Lane, LaneColumn, OrderKey, SeriesBound, Stream};
use crate::scalar::{field_scalar_type, time_value};

pub(crate) use predicate::{Known, Residual, simplify};
pub(crate) use table::{SeriesTable, TIME, VALUE, tag_column};
pub(crate) use wide::{Wide, WideLane};

/// Hidden: the order of series, by measurement, tags and field.
pub(crate) const SERIES: &str = "\u{1}series";
/// Hidden: the time of the row as stored.
pub(crate) const STORED_TIME: &str = "\u{1}time";

/// What `from |> range |> filter*` asks for.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) bucket: &'a OpenBucket,
    pub(crate) bounds: Bounds,
    pub(crate) predicates: &'a [&'a RowFunction],
    /// Only the first or the last row of each series is wanted.
    pub(crate) end: Option<End>,
    /// Off: storage gives all rows of all times and series, what is not wanted is filtered out here.
    pub(crate) pushdown: bool,
}

/// Columns that every table of a bucket has; a tag of such a name cannot be shown beside them.
const RESERVED: [&str; 4] = ["_start", "_stop", "_time", "_value"];

/// Lanes are shared by equal columns: the tag keys and the type of `_value`.
type LaneId = (Vec<String>, FieldType);

/// One scan: fields of one type of one measurement under one residual predicate.
#[derive(Debug)]
struct Scan {
    measurement: Arc<str>,
    tag_set: Vec<String>,
    /// Whether the measurement has more than this one tag set.
    one_of_many: bool,
    fields: Vec<String>,
    field_type: FieldType,
    series: SeriesFilter,
    residual: Option<Residual>,
}

impl Source<'_> {
    /// The stream of the source: a lane for each set of tag keys and value type.
    pub(crate) fn lower(&self) -> Result<Stream, FluxError> {
        let mut lanes: BTreeMap<(Vec<String>, FieldType), Vec<Scan>> = BTreeMap::new();
        for (id, scan) in self.scans()? {
            lanes.entry(id).or_default().push(scan);
        }
        // Lanes in the order of their first fields: the first type that storage meets comes first.
        let mut lanes: Vec<_> = lanes.into_iter().collect();
        lanes.sort_by(|(_, a), (_, b)| first_field(a).cmp(&first_field(b)));
        let lanes = lanes.into_iter().map(|((tags, kind), scans)| self.lane(&tags, kind, &scans));
        Ok(Stream { lanes: lanes.collect::<DfResult<_>>().map_err(from_datafusion)? })
    }

    fn scans(&self) -> Result<Vec<(LaneId, Scan)>, FluxError> {
        let range = TimeRange::new(self.bounds.start, self.bounds.stop);
        let snapshot = &self.bucket.snapshot;
        let mut scans: Vec<(LaneId, Scan)> = Vec::new();
        for measurement in snapshot.measurements() {
            if !self.may_match(&measurement)? {
                continue;
            }
            let Some(info) = snapshot.measurement(&measurement) else { continue };
            if self.pushdown && !info.time_bounds.is_some_and(|(first, last)| range.overlaps(first, last)) {
                continue;
            }
            for tag_set in &info.tag_sets {
                if let Some(taken) = tag_set.iter().find(|t| RESERVED.contains(&t.as_str())) {
                    return Err(FluxError::invalid(format!(
                        "measurement {measurement:?} has a tag {taken:?}: two columns have the same name ({taken:?}) which is not allowed; choose series without it in a filter on _measurement"
                    )));
                }
                let first = scans.len();
                for (field, kind) in &info.fields {
                    let known = Known {
                        measurement: &measurement,
                        field: Some(field),
                        tag_set: Some(tag_set),
                        kind: Some(*kind),
                    };
                    let Some((series, residual)) = simplify(self.predicates, &known)? else { continue };
                    let (series, residual) = if self.pushdown {
                        (series, residual)
                    } else {
                        predicate::without_series(self.predicates, &known)?
                    };
                    let same = |(_, s): &&mut (LaneId, Scan)| {
                        s.field_type == *kind && s.series == series && s.residual == residual
                    };
                    if let Some((_, scan)) = scans[first..].iter_mut().find(same) {
                        scan.fields.push(field.clone());
                        continue;
                    }
                    let scan = Scan {
                        measurement: measurement.clone(),
                        tag_set: tag_set.clone(),
                        one_of_many: info.tag_sets.len() > 1,
                        fields: vec![field.clone()],
                        field_type: *kind,
                        series,
                        residual,
                    };
                    scans.push(((tag_set.clone(), *kind), scan));
                }
            }
        }
        Ok(scans)
    }

    /// Whether a measurement can have rows at all, without looking at it.
    fn may_match(&self, measurement: &str) -> Result<bool, FluxError> {
        let known = Known { measurement, field: None, tag_set: None, kind: None };
        Ok(simplify(self.predicates, &known)?.is_some())
    }

    fn lane(&self, tags: &[String], kind: FieldType, scans: &[Scan]) -> DfResult<Lane> {
        let mut plans = scans.iter().map(|s| self.scan(s).map(Arc::new)).collect::<DfResult<Vec<_>>>()?;
        let plan = if plans.len() == 1 {
            plans.pop().map(Arc::unwrap_or_clone).unwrap_or_default()
        } else {
            LogicalPlan::Union(datafusion::logical_expr::Union::try_new_with_loose_types(plans)?)
        };
        let columns = source_columns(tags, kind);
        let key = columns.iter().map(|c| c.name.clone()).filter(|n| n != "_time" && n != "_value").collect();
        Ok(Lane {
            plan,
            columns,
            key,
            order: vec![OrderKey::ascending(STORED_TIME)],
            table_order: vec![OrderKey::ascending(SERIES)],
            variants: None,
            settled: false,
            empty: None,
            bounds: Some(self.bounds),
            fields: scans.iter().flat_map(|s| s.fields.iter().cloned()).collect(),
            series: Some(self.series_bound(tags, scans.iter().map(|s| (&*s.measurement, s.fields.len())))),
            poison: None,
        })
    }

    /// At most so many series; the columns of a series are all but time and value. `scans` are measurements with the number
    /// of series that a set of tags has there.
    fn series_bound<'s>(&self, tags: &[String], scans: impl Iterator<Item = (&'s str, usize)>) -> SeriesBound {
        let range = TimeRange::new(self.bounds.start, self.bounds.stop);
        let columns = tags.iter().map(String::as_str).chain(["_start", "_stop", "_field", "_measurement"]);
        let snapshot = &self.bucket.snapshot;
        let series = scans.map(|(name, fields)| snapshot.series_at_most(name, range).saturating_mul(fields as u64));
        SeriesBound { columns: columns.map(str::to_owned).collect(), at_most: series.fold(0, u64::saturating_add) }
    }

    /// One scan, with the columns that Flux sees and the hidden ones.
    fn scan(&self, scan: &Scan) -> DfResult<LogicalPlan> {
        let range = TimeRange::new(self.bounds.start, self.bounds.stop);
        let request = ScanRequest {
            measurement: scan.measurement.to_string(),
            tags: scan.tag_set.clone(),
            fields: scan.fields.iter().map(|f| (f.clone(), scan.field_type)).collect(),
            range: if self.pushdown { range } else { TimeRange::ALL },
            filter: scan.series.clone(),
            tag_set: scan.one_of_many.then(|| scan.tag_set.clone()),
            near: Vec::new(),
        };
        let request = match self.end.filter(|_| scan.residual.is_none()) {
            Some(end) => {
                let range = self.bucket.snapshot.narrowed(&request, end).map_err(|e| external(from_storage(&e)))?;
                ScanRequest { range, ..request }
            }
            None => request,
        };
        let table = SeriesTable::new(self.bucket.snapshot.clone(), request);
        let field = match scan.fields.as_slice() {
            [only] => text(only),
            _ => source_column(table::FIELD),
        };
        let tag = |key: &String| source_column(&tag_column(key));
        let series = series_key::series_key(
            &scan.measurement,
            &scan.tag_set,
            scan.tag_set.iter().map(tag).collect(),
            field.clone(),
        );
        let mut exprs = vec![];
        for c in source_columns(&scan.tag_set, scan.field_type) {
            let value = match c.name.as_str() {
                "_start" => Expr::Literal(time_value(self.bounds.start), None),
                "_stop" => Expr::Literal(time_value(self.bounds.stop), None),
                "_time" => source_column(TIME),
                "_value" => source_column(VALUE),
                "_field" => field.clone(),
                "_measurement" => text(&scan.measurement),
                name => tag(&name.to_owned()),
            };
            exprs.push(value.alias(c.name));
        }
        exprs.push(series.alias(SERIES));
        exprs.push(source_column(TIME).alias(STORED_TIME));
        let provider = provider_as_source(Arc::new(table));
        let mut plan = LogicalPlanBuilder::scan(table::RELATION, provider, None)?.project(exprs)?;
        if !self.pushdown {
            let (start, stop) = (time_value(self.bounds.start), time_value(self.bounds.stop));
            let time = crate::lane::column("_time");
            let inside = time.clone().gt_eq(Expr::Literal(start, None)).and(time.lt(Expr::Literal(stop, None)));
            plan = plan.filter(inside)?;
        }
        if let Some(residual) = &scan.residual {
            plan = plan.filter(residual.to_expr(field_scalar_type(scan.field_type))?)?;
        }
        plan.build()
    }
}

/// Measurement and field of the first scan.
fn first_field(scans: &[Scan]) -> Option<(&Arc<str>, Option<&String>)> {
    scans.first().map(|s| (&s.measurement, s.fields.first()))
}

/// `_start, _stop, _time, _value`, then the tags with `_field` and `_measurement` among them by bytes.
pub(crate) fn source_columns(tags: &[String], kind: FieldType) -> Vec<LaneColumn> {
    let time = |name: &str| LaneColumn { name: name.to_owned(), data_type: ScalarType::Time };
    let mut columns = vec![time("_start"), time("_stop"), time("_time")];
    columns.push(LaneColumn { name: "_value".to_owned(), data_type: field_scalar_type(kind) });
    let mut labels: Vec<&str> = tags.iter().map(String::as_str).chain(["_field", "_measurement"]).collect();
    labels.sort_unstable();
    labels.dedup();
    columns.extend(labels.into_iter().map(|l| LaneColumn { name: l.to_owned(), data_type: ScalarType::String }));
    columns
}

/// A text literal of the type that text columns have.
pub(crate) fn text(value: &str) -> Expr {
    Expr::Literal(ScalarValue::Utf8View(Some(value.to_owned())), None)
}

fn source_column(name: &str) -> Expr {
    Expr::Column(Column::new(Some(table::RELATION), name))
}
