//! Quantiles that interpolate: exact ones, which hold all values of a table, and estimates by a merging t-digest.

use std::f64::consts::PI;
use std::ops::Range;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, ScalarValue};

use super::{Fold, FoldState, Results};
use crate::run::support::Numbers;

/// The mean of the values on both sides of the place `q * (n - 1)`, weighted by their distance.
#[derive(Debug, Clone)]
pub(crate) struct ExactMean {
    pub(crate) column: String,
    pub(crate) q: f64,
}

impl Fold for ExactMean {
    fn name(&self) -> &'static str {
        "quantile"
    }

    fn reads(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn results(&self) -> Vec<(String, DataType)> {
        vec![(self.column.clone(), DataType::Float64)]
    }

    fn start(&self) -> Box<dyn FoldState> {
        Box::new(Exact { q: self.q, values: Vec::new() })
    }
}

struct Exact {
    q: f64,
    values: Vec<f64>,
}

impl FoldState for Exact {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        let Some(column) = columns.first() else { return Ok(()) };
        let values = Numbers::of(column)?;
        self.values.extend(rows.filter_map(|row| values.get(row)).map(crate::run::support::Number::to_float));
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        self.values.sort_by(f64::total_cmp);
        let place = self.q * self.values.len().saturating_sub(1) as f64;
        let (below, above) = (place.floor(), place.ceil());
        let at = |place: f64| self.values.get(place as usize).copied();
        let result = match (at(below), at(above)) {
            (Some(value), _) if below == above => Some(value),
            (Some(low), Some(high)) => Some(low * (above - place) + high * (place - below)),
            (value, _) => value,
        };
        Ok(vec![vec![ScalarValue::Float64(result)]])
    }

    fn held(&self) -> usize {
        self.values.capacity() * size_of::<f64>()
    }
}

/// An estimate from a t-digest.
#[derive(Debug, Clone)]
pub(crate) struct Digest {
    pub(crate) column: String,
    pub(crate) q: f64,
    pub(crate) compression: f64,
}

impl Fold for Digest {
    fn name(&self) -> &'static str {
        "estimated quantile"
    }

    fn reads(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn results(&self) -> Vec<(String, DataType)> {
        vec![(self.column.clone(), DataType::Float64)]
    }

    fn start(&self) -> Box<dyn FoldState> {
        Box::new(DigestState { q: self.q, digest: TDigest::new(self.compression) })
    }
}

struct DigestState {
    q: f64,
    digest: TDigest,
}

impl FoldState for DigestState {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        let Some(column) = columns.first() else { return Ok(()) };
        let values = Numbers::of(column)?;
        for value in rows.filter_map(|row| values.get(row)) {
            self.digest.add(value.to_float());
        }
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        Ok(vec![vec![ScalarValue::Float64(self.digest.quantile(self.q))]])
    }
}

/// Some values near each other.
#[derive(Debug, Clone, Copy)]
struct Centroid {
    mean: f64,
    weight: f64,
}

/// Dunning's merging digest: centroids that are small at the ends and large in the middle.
#[derive(Debug)]
struct TDigest {
    compression: f64,
    merged: Vec<Centroid>,
    fresh: Vec<Centroid>,
    min: f64,
    max: f64,
}

impl TDigest {
    fn new(compression: f64) -> Self {
        let (merged, fresh) = (Vec::new(), Vec::new());
        Self { compression: compression.max(1.0), merged, fresh, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }

    fn add(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        self.fresh.push(Centroid { mean: value, weight: 1.0 });
        if self.fresh.len() as f64 > 8.0 * self.compression.ceil() {
            self.merge();
        }
    }

    /// The share of the weight that lies below this place on the scale of centroids.
    fn share(&self, place: f64) -> f64 {
        ((place.min(self.compression) * PI / self.compression - PI / 2.0).sin() + 1.0) / 2.0
    }

    /// The inverse of [`Self::share`].
    fn place(&self, share: f64) -> f64 {
        self.compression * ((2.0 * share - 1.0).asin() + PI / 2.0) / PI
    }

    /// Merges the fresh values into the centroids.
    fn merge(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        let mut all = std::mem::take(&mut self.fresh);
        all.append(&mut self.merged);
        all.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        let total: f64 = all.iter().map(|c| c.weight).sum();
        let mut limit = total * self.share(1.0);
        let mut below = 0.0;
        for centroid in all {
            let together = below + centroid.weight;
            match self.merged.last_mut() {
                Some(last) if together <= limit => {
                    last.weight += centroid.weight;
                    last.mean += centroid.weight * (centroid.mean - last.mean) / last.weight;
                }
                None => self.merged.push(centroid),
                Some(_) => {
                    limit = total * self.share(self.place(below / total) + 1.0);
                    self.merged.push(centroid);
                }
            }
            below = together;
        }
        let ends = self.merged.first().map(|c| c.mean).zip(self.merged.last().map(|c| c.mean));
        if let Some((first, last)) = ends {
            self.min = self.min.min(first);
            self.max = self.max.max(last);
        }
    }

    /// The value below which this share of the values lies; `None` without values.
    fn quantile(&mut self, q: f64) -> Option<f64> {
        self.merge();
        let (first, last) = (*self.merged.first()?, *self.merged.last()?);
        if self.merged.len() == 1 {
            return Some(first.mean);
        }
        let total: f64 = self.merged.iter().map(|c| c.weight).sum();
        let target = q * total;
        if target <= first.weight / 2.0 {
            return Some(self.min + 2.0 * target / first.weight * (first.mean - self.min));
        }
        let mut seen = first.weight;
        let mut middle = first.weight / 2.0;
        for pair in self.merged.windows(2) {
            let [left, right] = pair else { continue };
            let next = seen + right.weight / 2.0;
            if target <= next {
                return Some(between(left.mean, next - target, right.mean, target - middle));
            }
            seen += right.weight;
            middle = next;
        }
        let above = target - total - last.weight / 2.0;
        Some(between(last.mean, above, self.max, last.weight / 2.0 - above))
    }
}

/// The weighted mean of two values, never outside of them.
fn between(low: f64, low_weight: f64, high: f64, high_weight: f64) -> f64 {
    let mean = (low * low_weight + high * high_weight) / (low_weight + high_weight);
    mean.clamp(low.min(high), low.max(high))
}
