//! Answers about a bucket's schema: from what storage knows without reading rows where that decides, else from the
//! shortest scan.
//!
//! As recorded from InfluxDB 2.9.1: names of measurements ignore the bounds; everything else sees whole shard groups.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::logical_expr::LogicalPlanBuilder;
use flux::FluxError;
use flux::plan::{RowFunction, Scalar, ScalarType, SchemaAsk, SchemaQuestion};
use model::{FieldType, SeriesFilter, ShardGroup, TimeRange};
use storage::snapshot::ScanRequest;

use super::{Lowering, build, rows};
use crate::context::OpenBucket;
use crate::lane::Stream;
use crate::source::{Known, Residual, SeriesTable, simplify, tag_column};

/// Series that may match: one measurement, one set of tag keys, one field.
struct Candidate {
    measurement: Arc<str>,
    tag_set: Vec<String>,
    field: (String, FieldType),
    series: SeriesFilter,
    residual: Option<Residual>,
    /// Whether what is known decides that there are such points.
    certain: bool,
}

/// The one table of the answer.
pub(super) async fn answer(lowering: &Lowering<'_>, question: &SchemaQuestion) -> Result<Stream, FluxError> {
    let bucket = lowering.context.open(&question.bucket)?;
    let range = match question.bounds {
        Some(b) => TimeRange::new(
            ShardGroup::of(b.start, bucket.shard_group_ns).range(bucket.shard_group_ns).start,
            ShardGroup::of(b.stop.saturating_sub(1), bucket.shard_group_ns).range(bucket.shard_group_ns).stop,
        ),
        None => TimeRange::ALL,
    };
    let ask = Ask { lowering, bucket: &bucket, range, predicate: question.predicate.as_ref() };
    let values = match &question.ask {
        SchemaAsk::Measurements => bucket.snapshot.measurements().iter().map(ToString::to_string).collect(),
        SchemaAsk::TagKeys => ask.tag_keys().await?,
        SchemaAsk::TagValues { tag } if tag == "_measurement" => {
            bucket.snapshot.measurements().iter().map(ToString::to_string).collect()
        }
        SchemaAsk::TagValues { tag } if tag == "_field" => ask.field_keys().await?,
        SchemaAsk::TagValues { tag } => ask.tag_values(tag).await?,
        SchemaAsk::FieldKeys => ask.field_keys().await?,
        SchemaAsk::Cardinality => {
            let count = i64::try_from(ask.cardinality().await?).unwrap_or(i64::MAX);
            return rows::from_values(&[("_value".to_owned(), ScalarType::Int)], &[vec![Scalar::Int(count)]]);
        }
    };
    let values: Vec<Vec<Scalar>> = values.into_iter().map(|v| vec![Scalar::String(v.into())]).collect();
    let mut stream = rows::from_values(&[("_value".to_owned(), ScalarType::String)], &values)?;
    if values.is_empty() {
        for lane in &mut stream.lanes {
            let no_key = datafusion::arrow::record_batch::RecordBatch::new_empty(Arc::new(
                datafusion::arrow::datatypes::Schema::empty(),
            ));
            lane.empty = Some(build(rows::one_key(&no_key, &[]))?);
        }
    }
    Ok(stream)
}

struct Ask<'a, 'p> {
    lowering: &'a Lowering<'p>,
    bucket: &'a OpenBucket,
    range: TimeRange,
    predicate: Option<&'a RowFunction>,
}

impl Ask<'_, '_> {
    fn candidates(&self) -> Result<Vec<Candidate>, FluxError> {
        let predicates: Vec<&RowFunction> = self.predicate.into_iter().collect();
        let mut found = Vec::new();
        for measurement in self.bucket.snapshot.measurements() {
            let Some(info) = self.bucket.snapshot.measurement(&measurement) else { continue };
            let Some((first, last)) = info.time_bounds.filter(|(a, b)| self.range.overlaps(*a, *b)) else { continue };
            for tag_set in &info.tag_sets {
                for field in &info.fields {
                    let known = Known {
                        measurement: &measurement,
                        field: Some(&field.0),
                        tag_set: Some(tag_set),
                        kind: Some(field.1),
                    };
                    let Some((series, residual)) = simplify(&predicates, &known)? else { continue };
                    let whole = series == SeriesFilter::All
                        && residual.is_none()
                        && self.range.covers(first, last)
                        && self.lowering.session.pushdown;
                    found.push(Candidate {
                        measurement: measurement.clone(),
                        tag_set: tag_set.clone(),
                        field: field.clone(),
                        series,
                        residual,
                        certain: whole && info.tag_sets.len() == 1,
                    });
                }
            }
        }
        Ok(found)
    }

    /// Whether the scan of an earlier candidate has the rows of this one.
    fn is_told(&self, candidates: &[Candidate], at: usize) -> bool {
        let same = |other: &Candidate| {
            candidates.get(at).is_some_and(|c| c.measurement == other.measurement && c.tag_set == other.tag_set)
        };
        self.predicate.is_none() && candidates.iter().take(at).any(same)
    }

    /// The rows of a candidate, with the tags asked for.
    fn table(&self, candidate: &Candidate, tags: Vec<String>) -> Result<LogicalPlanBuilder, FluxError> {
        // Without a predicate every field counts: one scan of the series instead of one a field.
        let fields = if self.predicate.is_some() { vec![candidate.field.clone()] } else { Vec::new() };
        self.rows(candidate, tags, fields)
    }

    fn rows(
        &self,
        candidate: &Candidate,
        tags: Vec<String>,
        fields: Vec<(String, FieldType)>,
    ) -> Result<LogicalPlanBuilder, FluxError> {
        if candidate.residual.is_some() {
            return Err(FluxError::invalid(
                "a schema predicate cannot look at values: use tags, _measurement and _field",
            ));
        }
        let request = ScanRequest {
            measurement: candidate.measurement.to_string(),
            tags,
            fields,
            range: self.range,
            filter: candidate.series.clone(),
            tag_sets: Some(vec![candidate.tag_set.clone()]),
            near: Vec::new(),
        };
        let table = SeriesTable::new(self.bucket.snapshot.clone(), request);
        let source = datafusion::datasource::provider_as_source(Arc::new(table));
        build(LogicalPlanBuilder::scan("storage", source, None))
    }

    async fn exists(&self, candidate: &Candidate) -> Result<bool, FluxError> {
        if candidate.certain {
            return Ok(true);
        }
        let plan = build(self.rows(candidate, Vec::new(), vec![candidate.field.clone()])?.build())?;
        self.lowering.has_rows(&plan).await
    }

    async fn tag_keys(&self) -> Result<BTreeKeys, FluxError> {
        let mut keys: BTreeSet<String> = BTreeSet::new();
        for candidate in self.candidates()? {
            if candidate.tag_set.iter().all(|t| keys.contains(t)) && keys.contains("_field") {
                continue;
            }
            if self.exists(&candidate).await? {
                keys.extend(candidate.tag_set.iter().cloned());
                keys.extend(["_field".to_owned(), "_measurement".to_owned()]);
            }
        }
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        Ok(["_start".to_owned(), "_stop".to_owned()].into_iter().chain(keys).collect())
    }

    async fn field_keys(&self) -> Result<BTreeKeys, FluxError> {
        let mut fields: BTreeSet<String> = BTreeSet::new();
        for candidate in self.candidates()? {
            if !fields.contains(&candidate.field.0) && self.exists(&candidate).await? {
                fields.insert(candidate.field.0);
            }
        }
        Ok(fields.into_iter().collect())
    }

    async fn tag_values(&self, tag: &str) -> Result<BTreeKeys, FluxError> {
        let mut values: BTreeSet<String> = BTreeSet::new();
        let candidates = self.candidates()?;
        for (i, candidate) in candidates.iter().enumerate() {
            if !candidate.tag_set.iter().any(|t| t == tag) || self.is_told(&candidates, i) {
                continue;
            }
            let name = tag_column(tag);
            let key = datafusion::logical_expr::Expr::Column(datafusion::common::Column::new(Some("storage"), &name));
            let builder = self.table(candidate, vec![tag.to_owned()])?;
            let none = Vec::<datafusion::logical_expr::Expr>::new();
            let plan = build(builder.aggregate(vec![key], none).and_then(LogicalPlanBuilder::build))?;
            for batch in build(self.lowering.session.collect(&plan).await)? {
                let texts = batch.column(0).as_string_view();
                values.extend((0..texts.len()).filter(|i| texts.is_valid(*i)).map(|i| texts.value(i).to_owned()));
            }
        }
        Ok(values.into_iter().collect())
    }

    /// Series, counted by measurement and tags.
    async fn cardinality(&self) -> Result<usize, FluxError> {
        let candidates = self.candidates()?;
        let mut count = 0;
        let mut done: Vec<(&str, &[String])> = Vec::new();
        for candidate in &candidates {
            let group = (candidate.measurement.as_ref(), candidate.tag_set.as_slice());
            if done.contains(&group) {
                continue;
            }
            done.push(group);
            let same = candidates.iter().filter(|c| (c.measurement.as_ref(), c.tag_set.as_slice()) == group);
            let same = same.take(if self.predicate.is_some() { usize::MAX } else { 1 });
            let mut plan: Option<LogicalPlanBuilder> = None;
            for field in same {
                let keys: Vec<_> = field
                    .tag_set
                    .iter()
                    .map(|t| {
                        let column = datafusion::common::Column::new(Some("storage"), tag_column(t));
                        datafusion::logical_expr::Expr::Column(column).alias(tag_column(t))
                    })
                    .chain([datafusion::prelude::lit(1_i64).alias("\u{1}one")])
                    .collect();
                let rows = build(self.table(field, field.tag_set.clone())?.project(keys))?;
                plan = Some(match plan {
                    None => rows,
                    Some(other) => build(rows.build().and_then(|r| other.union(r)))?,
                });
            }
            let Some(plan) = plan else { continue };
            let plan = build(plan.distinct().and_then(LogicalPlanBuilder::build))?;
            let rows = build(self.lowering.session.collect(&plan).await)?;
            count += rows.iter().map(datafusion::arrow::record_batch::RecordBatch::num_rows).sum::<usize>();
        }
        Ok(count)
    }
}

/// Names in ascending order, each once.
type BTreeKeys = Vec<String>;
