//! Sources: `from |> range |> filter*` as scans of storage.
//!
//! Every measurement, set of tag keys and value type asked for is one scan; scans with equal columns share a lane.
//! Predicates are first decided for each measurement and field, what is left goes into storage where only series decide
//! and into a DataFusion filter where values do.

mod predicate;
mod series_key;
mod table;
mod wide;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::common::{Column, Result as DfResult, ScalarValue};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::when;
use flux::FluxError;
use flux::plan::{Bounds, RowFunction, ScalarType};
use model::{FieldType, SeriesFilter, TimeRange};
use storage::snapshot::{End, MeasurementInfo, ScanRequest};

use crate::context::OpenBucket;
use crate::error::{external, from_datafusion, from_storage};
use crate::lane::{Lane, LaneColumn, OrderKey, SeriesBound, Stream, VARIANT, Variant};
use crate::scalar::{field_scalar_type, time_value};
use crate::whole::{WholeRows, value_column};

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
    /// The `group` behind the source: series that differ in tags which it does not ask for are read together.
    pub(crate) grouped: Option<Grouped<'a>>,
}

/// What a `group` makes the key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grouped<'a> {
    pub(crate) columns: &'a [String],
    /// All columns but these.
    pub(crate) except: bool,
}

impl Grouped<'_> {
    /// The part of a set of tag keys that stays in the key.
    fn part(&self, tag_set: &[String]) -> Vec<String> {
        tag_set.iter().filter(|key| self.columns.contains(key) != self.except).cloned().collect()
    }
}

/// Columns that every table of a bucket has; a tag of such a name cannot be shown beside them.
const RESERVED: [&str; 4] = ["_start", "_stop", "_time", "_value"];

/// Lanes are shared by equal columns: the sets of tag keys, mostly one, and the type of `_value`.
type LaneId = (Vec<Vec<String>>, FieldType);

/// One scan: fields of one type of one measurement under one residual predicate.
#[derive(Debug)]
struct Scan {
    measurement: Arc<str>,
    /// Its series have the tag keys of one of these sets.
    tag_sets: Vec<Vec<String>>,
    /// Whether the measurement has other tag sets, too.
    some_of_many: bool,
    fields: Vec<String>,
    field_type: FieldType,
    series: SeriesFilter,
    residual: Option<Residual>,
}

impl Source<'_> {
    /// The stream of the source: a lane for each set of tag keys, as far as sets are not read together, and value type.
    /// `fresh` numbers variants.
    pub(crate) fn lower(&self, fresh: &mut dyn FnMut() -> u32) -> Result<Stream, FluxError> {
        let mut lanes: BTreeMap<LaneId, Vec<Scan>> = BTreeMap::new();
        for (id, scan) in self.scans()? {
            lanes.entry(id).or_default().push(scan);
        }
        // Lanes in the order of their first fields: the first type that storage meets comes first.
        let mut lanes: Vec<_> = lanes.into_iter().collect();
        lanes.sort_by(|(_, a), (_, b)| first_field(a).cmp(&first_field(b)));
        let lanes = lanes.into_iter().map(|((sets, kind), scans)| self.lane(&sets, kind, &scans, fresh));
        Ok(Stream { lanes: lanes.collect::<DfResult<_>>().map_err(from_datafusion)? })
    }

    fn scans(&self) -> Result<Vec<(LaneId, Scan)>, FluxError> {
        let range = TimeRange::new(self.bounds.start, self.bounds.stop);
        let snapshot = &self.bucket.snapshot;
        let mut scans: Vec<Scan> = Vec::new();
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
                    let same = |s: &&mut Scan| s.field_type == *kind && s.series == series && s.residual == residual;
                    if let Some(scan) = scans[first..].iter_mut().find(same) {
                        scan.fields.push(field.clone());
                        continue;
                    }
                    scans.push(Scan {
                        measurement: measurement.clone(),
                        tag_sets: vec![tag_set.clone()],
                        some_of_many: info.tag_sets.len() > 1,
                        fields: vec![field.clone()],
                        field_type: *kind,
                        series,
                        residual,
                    });
                }
                self.read_together(&mut scans, first, &info);
            }
        }
        Ok(scans.into_iter().map(|scan| ((scan.tag_sets.clone(), scan.field_type), scan)).collect())
    }

    /// Gives the scans of a tag set, from the place `first` on, to scans of other sets that ask for the same, where the
    /// `group` behind leaves the same tags of both.
    fn read_together(&self, scans: &mut Vec<Scan>, first: usize, info: &MeasurementInfo) {
        let Some(grouped) = self.grouped else { return };
        for scan in scans.split_off(first) {
            let part = |scan: &Scan| scan.tag_sets.first().map(|set| grouped.part(set));
            let twin = scans.iter_mut().find(|other| {
                other.measurement == scan.measurement
                    && (&other.fields, other.field_type) == (&scan.fields, scan.field_type)
                    && (&other.series, &other.residual) == (&scan.series, &scan.residual)
                    && part(other) == part(&scan)
            });
            match twin {
                Some(other) => {
                    other.tag_sets.extend(scan.tag_sets);
                    other.some_of_many = other.tag_sets.len() < info.tag_sets.len();
                }
                None => scans.push(scan),
            }
        }
    }

    /// Whether a measurement can have rows at all, without looking at it.
    fn may_match(&self, measurement: &str) -> Result<bool, FluxError> {
        let known = Known { measurement, field: None, tag_set: None, kind: None };
        Ok(simplify(self.predicates, &known)?.is_some())
    }

    fn lane(
        &self,
        tag_sets: &[Vec<String>],
        kind: FieldType,
        scans: &[Scan],
        fresh: &mut dyn FnMut() -> u32,
    ) -> DfResult<Lane> {
        let variants = variants(tag_sets, kind, fresh);
        let bits = variants.as_ref().map(|variants| variant_bits(tag_sets, variants)).transpose()?;
        let mut plans = scans.iter().map(|s| self.scan(s, bits.clone()).map(Arc::new)).collect::<DfResult<Vec<_>>>()?;
        let plan = if plans.len() == 1 {
            plans.pop().map(Arc::unwrap_or_clone).unwrap_or_default()
        } else {
            LogicalPlan::Union(datafusion::logical_expr::Union::try_new_with_loose_types(plans)?)
        };
        let whole = match scans {
            [scan] => self.whole_rows(scan, &plan)?,
            _ => None,
        };
        let columns = columns_of(tag_sets, kind);
        let key = columns.iter().map(|c| c.name.clone()).filter(|n| n != "_time" && n != "_value").collect();
        Ok(Lane {
            plan,
            columns,
            key,
            order: vec![OrderKey::ascending(STORED_TIME)],
            table_order: vec![OrderKey::ascending(SERIES)],
            variants,
            // Each row tells the one variant of its table.
            settled: true,
            empty: None,
            bounds: Some(self.bounds),
            fields: scans.iter().flat_map(|s| s.fields.iter().cloned()).collect(),
            series: Some(
                self.series_bound(&tag_keys(tag_sets), scans.iter().map(|s| (&*s.measurement, s.fields.len()))),
            ),
            poison: None,
            whole,
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

    /// The whole rows of a scan of several fields, unless values decide which of them are wanted.
    fn whole_rows(&self, scan: &Scan, twin: &LogicalPlan) -> DfResult<Option<WholeRows>> {
        if scan.fields.len() < 2 || scan.residual.is_some() || !self.pushdown || self.end.is_some() {
            return Ok(None);
        }
        let table = SeriesTable::wide(self.bucket.snapshot.clone(), self.request(scan));
        let columns = columns_of(&scan.tag_sets, scan.field_type).into_iter().map(|c| c.name);
        let columns = columns.filter(|name| name != "_field" && name != "_value");
        let mut exprs: Vec<Expr> = columns.map(|name| self.shared_column(scan, &name).alias(name)).collect();
        let value = |field: &String| source_column(&table::field_column(field)).alias(value_column(field));
        exprs.extend(scan.fields.iter().map(value));
        let provider = provider_as_source(Arc::new(table));
        let plan = LogicalPlanBuilder::scan(table::RELATION, provider, None)?.project(exprs)?.build()?;
        Ok(Some(WholeRows::new(plan, scan.fields.clone(), twin.clone())))
    }

    fn request(&self, scan: &Scan) -> ScanRequest {
        let range = TimeRange::new(self.bounds.start, self.bounds.stop);
        ScanRequest {
            measurement: scan.measurement.to_string(),
            tags: tag_keys(&scan.tag_sets),
            fields: scan.fields.iter().map(|f| (f.clone(), scan.field_type)).collect(),
            range: if self.pushdown { range } else { TimeRange::ALL },
            filter: scan.series.clone(),
            tag_sets: scan.some_of_many.then(|| scan.tag_sets.clone()),
            near: Vec::new(),
        }
    }

    /// A column that is the same for all fields of a row.
    fn shared_column(&self, scan: &Scan, name: &str) -> Expr {
        match name {
            "_start" => Expr::Literal(time_value(self.bounds.start), None),
            "_stop" => Expr::Literal(time_value(self.bounds.stop), None),
            "_time" => source_column(TIME),
            "_measurement" => text(&scan.measurement),
            tag => source_column(&tag_column(tag)),
        }
    }

    /// One scan, with the columns that Flux sees and the hidden ones.
    fn scan(&self, scan: &Scan, variant: Option<Expr>) -> DfResult<LogicalPlan> {
        let tags = tag_keys(&scan.tag_sets);
        let request = self.request(scan);
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
        let series = series_key::series_key(&scan.measurement, &tags, tags.iter().map(tag).collect(), field.clone());
        let mut exprs = vec![];
        for c in columns_of(&scan.tag_sets, scan.field_type) {
            let value = match c.name.as_str() {
                "_value" => source_column(VALUE),
                "_field" => field.clone(),
                name => self.shared_column(scan, name),
            };
            exprs.push(value.alias(c.name));
        }
        exprs.push(series.alias(SERIES));
        exprs.push(source_column(TIME).alias(STORED_TIME));
        exprs.extend(variant.map(|bits| bits.alias(VARIANT)));
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

/// All tag keys of some sets, ascending.
fn tag_keys(tag_sets: &[Vec<String>]) -> Vec<String> {
    let keys: BTreeSet<&String> = tag_sets.iter().flatten().collect();
    keys.into_iter().cloned().collect()
}

/// The columns of series of several sets of tag keys: those of the first, then what each other adds.
fn columns_of(tag_sets: &[Vec<String>], kind: FieldType) -> Vec<LaneColumn> {
    let mut columns: Vec<LaneColumn> = Vec::new();
    for c in tag_sets.iter().flat_map(|set| source_columns(set, kind)) {
        if !columns.contains(&c) {
            columns.push(c);
        }
    }
    columns
}

/// Which columns the tables of each set of tag keys have, if there is more than one.
fn variants(tag_sets: &[Vec<String>], kind: FieldType, fresh: &mut dyn FnMut() -> u32) -> Option<Vec<Variant>> {
    let names = |set: &Vec<String>| source_columns(set, kind).into_iter().map(|c| c.name).collect();
    (tag_sets.len() > 1).then(|| tag_sets.iter().map(|set| Variant::numbered(fresh(), names(set))).collect())
}

/// The variant of a row, told by the tags it has.
fn variant_bits(tag_sets: &[Vec<String>], variants: &[Variant]) -> DfResult<Expr> {
    let all = tag_keys(tag_sets);
    let telling: Vec<&String> = all.iter().filter(|key| !tag_sets.iter().all(|set| set.contains(key))).collect();
    let bits = |variant: &Variant| Expr::Literal(ScalarValue::UInt64(Some(variant.bits)), None);
    let is_of = |set: &[String]| {
        let tag = |key: &&String| {
            let column = source_column(&tag_column(key));
            if set.contains(*key) { column.is_not_null() } else { column.is_null() }
        };
        telling.iter().map(tag).reduce(Expr::and)
    };
    let mut of_row = Expr::Literal(ScalarValue::UInt64(None), None);
    for (set, variant) in tag_sets.iter().zip(variants).rev() {
        if let Some(is_of) = is_of(set) {
            of_row = when(is_of, bits(variant)).otherwise(of_row)?;
        }
    }
    Ok(of_row)
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
