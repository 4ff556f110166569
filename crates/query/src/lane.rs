//! A lane: one relation with one schema that carries the tables of a stream which share it.
//!
//! A stream of tables is a short list of lanes. A table is the set of rows of a lane with equal key values; nothing but
//! `run` (kernels over runs of rows) and `tables` (the way out) looks at where a table starts. Beside the columns that
//! Flux sees a lane's plan carries hidden ones: sources of the order of rows, and the number of the *variant* a row
//! came from where tables with different columns were merged. DataFusion prunes what nobody asks for.

use std::sync::Arc;

use datafusion::common::{Column, DFSchemaRef, JoinType, NullEquality, Result as DfResult, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SortExpr};
use flux::plan::{Bounds, ScalarType};

use crate::numbered::Numbered;
use crate::scalar::arrow_type;
use crate::whole::WholeRows;

/// Names of hidden columns start with this character, which no identifier of line protocol or Flux contains.
pub(crate) const HIDDEN: char = '\u{1}';
/// The hidden column that says which variants a row stands for: a set of bits.
pub(crate) const VARIANT: &str = "\u{1}variant";
/// Variants beyond this number are not told apart: their rows stand for all columns.
const MAX_VARIANTS: u32 = 64;

/// A column that Flux sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LaneColumn {
    pub(crate) name: String,
    pub(crate) data_type: ScalarType,
}

/// One part of the order of rows: a column, usually hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderKey {
    pub(crate) column: String,
    pub(crate) descending: bool,
}

impl OrderKey {
    pub(crate) fn ascending(column: impl Into<String>) -> Self {
        Self { column: column.into(), descending: false }
    }

    /// Nulls come first in both directions, as in Flux.
    pub(crate) fn sort_expr(&self) -> SortExpr {
        SortExpr::new(column(&self.column), !self.descending, true)
    }
}

/// Which columns the tables that a variant contributes to really have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variant {
    /// Its bit in [`VARIANT`]; all bits for those beyond [`MAX_VARIANTS`].
    pub(crate) bits: u64,
    pub(crate) columns: Vec<String>,
}

impl Variant {
    /// The variant of this number.
    pub(crate) fn numbered(id: u32, columns: Vec<String>) -> Self {
        Self { bits: if id < MAX_VARIANTS { 1 << id } else { u64::MAX }, columns }
    }
}

/// See the module's text.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    pub(crate) plan: LogicalPlan,
    /// In Flux's order.
    pub(crate) columns: Vec<LaneColumn>,
    /// Names of key columns, in column order.
    pub(crate) key: Vec<String>,
    /// The order of rows inside a table.
    pub(crate) order: Vec<OrderKey>,
    /// The order of tables, where it is known to differ from the order of their keys.
    pub(crate) table_order: Vec<OrderKey>,
    /// Present when tables of this lane differ in columns; the plan then has the column [`VARIANT`].
    pub(crate) variants: Option<Vec<Variant>>,
    /// Every row stands for all variants of its table, so that rows may go without their table losing columns.
    pub(crate) settled: bool,
    /// Keys of tables that exist even without rows: a plan over the key columns.
    pub(crate) empty: Option<LogicalPlan>,
    /// The bounds of the last `range`.
    pub(crate) bounds: Option<Bounds>,
    /// All values that `_field` can have, while they are known; lanes of disjoint fields cannot share a key by `_field`.
    pub(crate) fields: Vec<String>,
    /// What is known of the number of keys; `None` if nothing is.
    pub(crate) series: Option<SeriesBound>,
    /// The tables of this lane fail.
    pub(crate) poison: Option<Poison>,
    /// The same points in whole rows, see [`crate::whole`].
    pub(crate) whole: Option<WholeRows>,
}

/// Columns whose values are those of a series, and how many distinct combinations of them there are at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeriesBound {
    pub(crate) columns: Vec<String>,
    pub(crate) at_most: u64,
}

impl SeriesBound {
    /// What holds when columns are replaced: a column of a series under another name, or a constant, is still one.
    fn replaced(&self, visible: &[(LaneColumn, Expr)]) -> Self {
        let stays = |value: &Expr| match value {
            Expr::Column(c) => self.columns.contains(&c.name),
            other => matches!(other, Expr::Literal(..)),
        };
        let columns = visible.iter().filter(|(_, value)| stays(value)).map(|(c, _)| c.name.clone());
        Self { columns: columns.collect(), at_most: self.at_most }
    }

    /// What holds for the rows of several lanes.
    fn of_all(lanes: &[Lane]) -> Option<Self> {
        let mut all = lanes.first()?.series.clone()?;
        for lane in lanes.iter().skip(1) {
            let other = lane.series.as_ref()?;
            all.columns.retain(|c| other.columns.contains(c) || !lane.has(c));
            all.at_most = all.at_most.saturating_add(other.at_most);
        }
        // Columns that the first lane lacks are null there.
        let first = lanes.first()?;
        for c in lanes.iter().skip(1).flat_map(|l| &l.columns) {
            let known = |l: &Lane| !l.has(&c.name) || l.series.as_ref().is_some_and(|s| s.columns.contains(&c.name));
            if !first.has(&c.name) && !all.columns.contains(&c.name) && lanes.iter().all(known) {
                all.columns.push(c.name.clone());
            }
        }
        Some(all)
    }
}

/// Why the tables of a lane fail, told when the first of them would leave.
#[derive(Debug, Clone)]
pub(crate) struct Poison {
    pub(crate) error: flux::FluxError,
    /// The failing function holds back its output: nothing leaves before the error.
    pub(crate) held_back: bool,
}

/// The stream of tables between two procedures.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stream {
    pub(crate) lanes: Vec<Lane>,
}

impl Stream {
    /// Applies a change to each lane.
    pub(crate) fn try_map<E>(self, change: impl FnMut(Lane) -> Result<Lane, E>) -> Result<Self, E> {
        Ok(Self { lanes: self.lanes.into_iter().map(change).collect::<Result<_, E>>()? })
    }
}

/// A reference to a column by its exact name.
pub(crate) fn column(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}

/// A null of a column's type.
pub(crate) fn typed_null(data_type: ScalarType) -> Expr {
    Expr::Literal(ScalarValue::try_from(&arrow_type(data_type)).unwrap_or(ScalarValue::Null), None)
}

/// Whether a plan has a column of this name.
fn schema_has(schema: &DFSchemaRef, name: &str) -> bool {
    schema.fields().iter().any(|f| f.name() == name)
}

impl Lane {
    pub(crate) fn column(&self, name: &str) -> Option<&LaneColumn> {
        self.columns.iter().find(|c| c.name == name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.column(name).is_some()
    }

    pub(crate) fn in_key(&self, name: &str) -> bool {
        self.key.iter().any(|k| k == name)
    }

    pub(crate) fn typed_columns(&self) -> Vec<(String, ScalarType)> {
        self.columns.iter().map(|c| (c.name.clone(), c.data_type)).collect()
    }

    /// Names of the hidden columns of the plan.
    pub(crate) fn hidden(&self) -> Vec<String> {
        let names = self.plan.schema().fields().iter().map(|f| f.name().clone());
        names.filter(|n| n.starts_with(HIDDEN)).collect()
    }

    /// Replaces the visible columns; hidden ones stay. The key keeps those of its columns that are still there.
    pub(crate) fn select(mut self, visible: Vec<(LaneColumn, Expr)>) -> DfResult<Self> {
        let mut exprs: Vec<Expr> = visible.iter().map(|(c, e)| named(e.clone(), &c.name)).collect();
        exprs.extend(self.hidden().iter().map(|h| column(h)));
        self.plan = LogicalPlanBuilder::from(self.plan).project(exprs)?.build()?;
        self.series = self.series.map(|series| series.replaced(&visible));
        self.columns = visible.into_iter().map(|(c, _)| c).collect();
        self.key = self.columns.iter().map(|c| c.name.clone()).filter(|n| self.key.contains(n)).collect();
        Ok(self)
    }

    /// All visible columns as they are, ready to be changed and given to [`Lane::select`].
    pub(crate) fn visible(&self) -> Vec<(LaneColumn, Expr)> {
        self.columns.iter().map(|c| (c.clone(), column(&c.name))).collect()
    }

    /// Adds a hidden column.
    pub(crate) fn with_hidden(mut self, name: &str, value: Expr) -> DfResult<Self> {
        let mut exprs: Vec<Expr> = self.plan.schema().fields().iter().map(|f| column(f.name())).collect();
        exprs.push(named(value, name));
        self.plan = LogicalPlanBuilder::from(self.plan).project(exprs)?.build()?;
        Ok(self)
    }

    pub(crate) fn filter(mut self, predicate: Expr) -> DfResult<Self> {
        self.plan = LogicalPlanBuilder::from(self.plan).filter(predicate)?.build()?;
        Ok(self)
    }

    /// The keys of the tables that have rows, as a plan over the key columns (in label order).
    pub(crate) fn keys_plan(&self) -> DfResult<LogicalPlan> {
        let key = self.key_by_label();
        let labels: Vec<&String> = key.iter().collect();
        let Some(numbered) = Numbered::of_series(self, &labels)?.filter(|_| !schema_has(self.plan.schema(), VARIANT))
        else {
            return distinct_keys(&self.plan, &key);
        };
        let number = "\u{1}key";
        let rest = key.iter().filter(|k| numbered.value(k, column(number)).is_none()).map(|k| column(k));
        let parts: Vec<Expr> = std::iter::once(numbered.number().alias(number)).chain(rest).collect();
        let groups: Vec<Expr> = parts.iter().map(|part| column(&part.schema_name().to_string())).collect();
        let value = |k: &String| numbered.value(k, column(number)).map_or_else(|| column(k), |value| value.alias(k));
        LogicalPlanBuilder::from(self.plan.clone())
            .project(parts)?
            .aggregate(groups, Vec::<Expr>::new())?
            .project(key.iter().map(value).collect::<Vec<_>>())?
            .build()
    }

    /// The keys of all tables, with and without rows.
    pub(crate) fn all_keys_plan(&self) -> DfResult<LogicalPlan> {
        let with_rows = self.keys_plan()?;
        match &self.empty {
            None => Ok(with_rows),
            Some(empty) => {
                let both = LogicalPlanBuilder::from(with_rows).union(distinct_keys(empty, &self.key)?)?.build()?;
                distinct_keys(&both, &self.key)
            }
        }
    }

    /// Key columns in label order, the order in which tables leave.
    pub(crate) fn key_by_label(&self) -> Vec<String> {
        let mut key = self.key.clone();
        key.sort_unstable();
        key
    }

    /// Sort expressions that bring the rows of a table together, tables in key order, rows in their order.
    pub(crate) fn clustered(&self) -> Vec<OrderKey> {
        let mut all: Vec<OrderKey> = self.key_by_label().into_iter().map(OrderKey::ascending).collect();
        for key in &self.order {
            if !self.in_key(&key.column) && !all.iter().any(|k| k.column == key.column) {
                all.push(key.clone());
            }
        }
        all
    }

    /// The names of the columns that the tables of a variant have.
    pub(crate) fn column_names(&self) -> Vec<String> {
        self.columns.iter().map(|c| c.name.clone()).collect()
    }

    /// Tells the variants of a column that appeared, disappeared or changed its name.
    pub(crate) fn update_variants(&mut self, mut change: impl FnMut(&mut Vec<String>)) {
        for variant in self.variants.iter_mut().flatten() {
            change(&mut variant.columns);
        }
    }

    /// Gives the lane variants if it has none: one, with all its columns.
    pub(crate) fn ensure_variants(mut self, id: u32) -> DfResult<Self> {
        if self.variants.is_none() {
            let variant = Variant::numbered(id, self.column_names());
            let bits = Expr::Literal(ScalarValue::UInt64(Some(variant.bits)), None);
            self = self.with_hidden(VARIANT, bits.clone())?;
            if let Some(empty) = self.empty.take() {
                let mut exprs: Vec<Expr> = empty.schema().fields().iter().map(|f| column(f.name())).collect();
                exprs.push(bits.alias(VARIANT));
                self.empty = Some(LogicalPlanBuilder::from(empty).project(exprs)?.build()?);
            }
            self.variants = Some(vec![variant]);
        }
        self.settled = false;
        Ok(self)
    }

    /// Makes every row stand for all variants of its table: needed before rows are taken away.
    pub(crate) fn settle(mut self) -> DfResult<Self> {
        if self.settled || self.variants.is_none() {
            return Ok(self);
        }
        self.settled = true;
        let key = self.key_by_label();
        let tables = LogicalPlanBuilder::from(self.keys_plan()?).alias("tables")?.build()?;
        let rows = LogicalPlanBuilder::from(self.plan.clone()).alias("rows")?;
        let side = |name: &str| key.iter().map(|k| Column::new(Some(name), k)).collect::<Vec<_>>();
        let joined = if key.is_empty() {
            rows.cross_join(tables)?
        } else {
            let on = (side("rows"), side("tables"));
            rows.join_detailed(tables, JoinType::Inner, on, None, NullEquality::NullEqualsNull)?
        };
        let exprs = self.plan.schema().fields().iter().map(|f| {
            let relation = if f.name() == VARIANT { "tables" } else { "rows" };
            Expr::Column(Column::new(Some(relation), f.name())).alias(f.name())
        });
        let exprs: Vec<Expr> = exprs.collect();
        self.plan = joined.project(exprs)?.build()?;
        Ok(self)
    }
}

/// An expression under a name, without a useless alias.
pub(crate) fn named(expr: Expr, name: &str) -> Expr {
    match &expr {
        Expr::Column(c) if c.relation.is_none() && c.name == name => expr,
        _ => expr.alias(name),
    }
}

/// Distinct values of the key columns, in label order, and the variants of each if there are any. Without key columns:
/// one row if there is any row.
pub(crate) fn distinct_keys(plan: &LogicalPlan, key: &[String]) -> DfResult<LogicalPlan> {
    let mut names = key.to_vec();
    names.sort_unstable();
    let builder = LogicalPlanBuilder::from(plan.clone());
    if schema_has(plan.schema(), VARIANT) {
        let groups: Vec<Expr> = names.iter().map(|n| column(n)).collect();
        let bits = datafusion::functions_aggregate::expr_fn::bit_or(column(VARIANT)).alias(VARIANT);
        let tables = builder.aggregate(groups, vec![bits])?;
        // Without groups DataFusion gives a row for no input, too.
        return tables.filter(column(VARIANT).is_not_null())?.build();
    }
    if names.is_empty() {
        let one = Expr::Literal(ScalarValue::Boolean(Some(true)), None).alias("\u{1}any");
        return builder.project(vec![one])?.limit(0, Some(1))?.build();
    }
    let groups: Vec<Expr> = names.iter().map(|n| column(n)).collect();
    builder.aggregate(groups, Vec::<Expr>::new())?.build()
}

/// Concatenates lanes of compatible columns: missing columns are null. `fresh` numbers variants and order columns.
pub(crate) fn concatenate(lanes: Vec<Lane>, fresh: &mut impl FnMut() -> u32) -> DfResult<Lane> {
    let mut lanes = lanes;
    if lanes.len() == 1 {
        return lanes.pop().ok_or_else(|| datafusion::error::DataFusionError::Internal("no lane".into()));
    }
    let differ = lanes.iter().any(|l| l.variants.is_some() || !same_columns(l, &lanes[0]));
    if differ {
        lanes = lanes.into_iter().map(|l| l.ensure_variants(fresh())).collect::<DfResult<_>>()?;
    }
    if lanes.iter().any(|l| l.order != lanes[0].order) {
        let rank = format!("{HIDDEN}rank{}", fresh());
        for (i, lane) in lanes.iter_mut().enumerate() {
            *lane = lane.clone().with_hidden(&rank, Expr::Literal(ScalarValue::UInt32(u32::try_from(i).ok()), None))?;
        }
        let mut order = vec![OrderKey::ascending(rank)];
        for key in lanes.iter().flat_map(|l| &l.order) {
            if !order.contains(key) {
                order.push(key.clone());
            }
        }
        lanes.iter_mut().for_each(|l| l.order.clone_from(&order));
    }
    union(lanes)
}

fn same_columns(a: &Lane, b: &Lane) -> bool {
    a.columns.len() == b.columns.len() && a.columns.iter().all(|c| b.columns.contains(c))
}

/// The union itself, over aligned columns.
fn union(lanes: Vec<Lane>) -> DfResult<Lane> {
    let mut columns: Vec<LaneColumn> = Vec::new();
    let mut hidden: Vec<(String, datafusion::arrow::datatypes::DataType)> = Vec::new();
    for lane in &lanes {
        columns.extend(
            lane.columns.iter().filter(|c| !columns.iter().any(|d| d.name == c.name)).cloned().collect::<Vec<_>>(),
        );
        for name in lane.hidden() {
            if !hidden.iter().any(|(n, _)| *n == name) {
                let field = lane.plan.schema().field_with_unqualified_name(&name)?;
                hidden.push((name, field.data_type().clone()));
            }
        }
    }
    let mut first = lanes[0].clone();
    let aligned = |lane: &Lane| -> DfResult<LogicalPlan> {
        let schema = lane.plan.schema();
        let mut exprs = Vec::new();
        for c in &columns {
            let value = if lane.has(&c.name) { column(&c.name) } else { typed_null(c.data_type) };
            exprs.push(named(value, &c.name));
        }
        for (name, data_type) in &hidden {
            let null = || ScalarValue::try_from(data_type).map(|v| Expr::Literal(v, None));
            exprs.push(if schema_has(schema, name) { column(name) } else { null()?.alias(name) });
        }
        LogicalPlanBuilder::from(lane.plan.clone()).project(exprs)?.build()
    };
    let inputs = lanes.iter().map(|l| aligned(l).map(Arc::new)).collect::<DfResult<Vec<_>>>()?;
    first.plan = LogicalPlan::Union(datafusion::logical_expr::Union::try_new_with_loose_types(inputs)?);
    first.settled = false;
    if lanes.iter().any(|l| l.table_order != first.table_order) {
        first.table_order.clear();
    }
    first.fields = known_fields(&lanes);
    first.series = SeriesBound::of_all(&lanes);
    first.poison = lanes.iter().find_map(|l| l.poison.clone());
    let keys: Vec<String> = first.key.clone();
    first.key = columns.iter().map(|c| c.name.clone()).filter(|n| keys.contains(n)).collect();
    first.columns = columns;
    first.empty = union_empty(&lanes)?;
    if first.variants.is_some() {
        let mut variants: Vec<Variant> = Vec::new();
        for variant in lanes.iter().flat_map(|l| l.variants.iter().flatten()) {
            if !variants.contains(variant) {
                variants.push(variant.clone());
            }
        }
        first.variants = Some(variants);
    }
    if lanes.iter().any(|l| l.bounds != first.bounds) {
        first.bounds = lanes.iter().find_map(|l| l.bounds);
    }
    Ok(first)
}

/// The fields of all lanes; none known if those of one are unknown.
fn known_fields(lanes: &[Lane]) -> Vec<String> {
    if lanes.iter().any(|l| l.fields.is_empty()) {
        return Vec::new();
    }
    lanes.iter().flat_map(|l| l.fields.iter().cloned()).collect()
}

/// Keys of empty tables of several lanes with equal key names.
fn union_empty(lanes: &[Lane]) -> DfResult<Option<LogicalPlan>> {
    let mut all: Option<LogicalPlan> = None;
    for lane in lanes {
        if let Some(empty) = &lane.empty {
            let keys = distinct_keys(empty, &lane.key)?;
            all = Some(match all {
                None => keys,
                Some(plan) => LogicalPlanBuilder::from(plan).union(keys)?.build()?,
            });
        }
    }
    Ok(all)
}
