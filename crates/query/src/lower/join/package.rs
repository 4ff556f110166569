//! The `join` package and `experimental.join`: tables of equal keys meet, and a function makes the rows of the answer.

use datafusion::common::{Column, JoinType, NullEquality, Result as DfResult};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use flux::FluxError;
use flux::plan::{JoinMethod, Node, RowFunction, ScalarType};

use super::{Side, apart, bare, inner, narrowed_lanes};
use crate::error::runtime;
use crate::lane::{HIDDEN, Lane, LaneColumn, OrderKey, Poison, Stream, column, named, typed_null};
use crate::lower::filter::with_place;
use crate::lower::{Lowering, build, group, unsupported};
use crate::row::{Place, RowScope, compile_record};

/// Arguments of the functions of the `join` package.
#[derive(Debug, Clone, Copy)]
pub(in crate::lower) struct JoinPackage<'a> {
    pub(in crate::lower) method: JoinMethod,
    pub(in crate::lower) on: &'a [(String, String)],
    pub(in crate::lower) as_row: &'a RowFunction,
}

impl JoinPackage<'_> {
    /// Tables of equal keys meet; `as` gives the columns of the answer.
    pub(in crate::lower) async fn lower(
        &self,
        lowering: &mut Lowering<'_>,
        node: &Node,
        inputs: [Stream; 2],
    ) -> Result<Stream, FluxError> {
        let [left, right] = inputs;
        let (left, right) = (narrowed_lanes(lowering, left).await?, narrowed_lanes(lowering, right).await?);
        let sound = |s: &Stream| s.lanes.iter().filter(|l| l.poison.is_none()).cloned().collect::<Vec<_>>();
        let (l, r) = (sound(&left), sound(&right));
        let mut lanes = Vec::new();
        let mut met = vec![false; r.len()];
        for a in &l {
            let partners: Vec<usize> = (0..r.len()).filter(|i| may_meet(a, &r[*i])).collect();
            let outer = matches!(self.method, JoinMethod::Left | JoinMethod::Full);
            match partners.as_slice() {
                [] if outer => lanes.push(self.alone(node, a, &r, 0)?),
                [] => {}
                [one] => {
                    let b = &r[*one];
                    if std::mem::replace(&mut met[*one], true) && self.method != JoinMethod::Inner {
                        return Err(unsupported(node, "an outer join of tables of several types"));
                    }
                    lanes.push(self.pair(node, a, b)?);
                }
                several if self.method == JoinMethod::Inner => {
                    for i in several {
                        lanes.push(self.pair(node, a, &r[*i])?);
                    }
                }
                _ => return Err(unsupported(node, "an outer join of tables of several types")),
            }
        }
        if matches!(self.method, JoinMethod::Right | JoinMethod::Full) {
            for (b, _) in r.iter().zip(&met).filter(|(_, met)| !**met) {
                lanes.push(self.alone(node, b, &l, 1)?);
            }
        }
        let (poisoned, lanes): (Vec<_>, Vec<_>) = lanes.into_iter().partition(|l| l.poison.is_some());
        let mut stream = group::merge(lowering, node, lanes).await?;
        stream.lanes.extend(poisoned);
        stream.lanes.extend(left.lanes.into_iter().chain(right.lanes).filter(|l| l.poison.is_some()));
        Ok(stream)
    }

    /// The rows of two lanes.
    fn pair(&self, node: &Node, l: &Lane, r: &Lane) -> Result<Lane, FluxError> {
        for (a, b) in self.on {
            for (lane, name, side) in [(l, a, "left"), (r, b, "right")] {
                if !lane.has(name) {
                    let text =
                        format!("cannot set join columns in {side} table stream: table is missing column '{name}'");
                    return Err(runtime(&self.named(node), text));
                }
            }
        }
        let (left, right): (Vec<&str>, Vec<&str>) = self.on.iter().map(|(a, b)| (a.as_str(), b.as_str())).unzip();
        let sides = [build(Side::sorted(l, 'l', &left))?, build(Side::sorted(r, 'r', &right))?];
        let rows = build(self.rows(&sides, l))?;
        let key = |name: &str| coalesce(vec![Expr::Column(sides[0].column(name)), Expr::Column(sides[1].column(name))]);
        let mut exprs = Vec::new();
        for (lane, side) in [(l, &sides[0]), (r, &sides[1])] {
            for c in &lane.columns {
                let own = Expr::Column(side.column(&c.name));
                let value = if lane.in_key(&c.name) { key(&c.name) } else { own };
                exprs.push(named(value, &inner(side.prefix, &c.name)));
            }
            exprs.extend(side.order.iter().map(|k| column(&k.column)));
        }
        let mut order = Vec::new();
        for (i, (a, b)) in self.on.iter().enumerate() {
            let name = format!("{HIDDEN}on{i}");
            let both = vec![Expr::Column(sides[0].column(a)), Expr::Column(sides[1].column(b))];
            exprs.push(coalesce(both).alias(&name));
            order.push(OrderKey::ascending(name));
        }
        order.extend(sides.iter().flat_map(|s| s.order.iter().cloned()));
        let plan = build(rows.project(exprs).and_then(LogicalPlanBuilder::build))?;
        self.answer(node, l, plan, order, [&columns_of(l, 'l'), &columns_of(r, 'r')], true)
    }

    fn rows(&self, sides: &[Side; 2], l: &Lane) -> DfResult<LogicalPlanBuilder> {
        let [left, right] = sides;
        let pairs = || self.on.iter().map(|(a, b)| (left.column(a), right.column(b)));
        let (mut left_on, mut right_on): (Vec<Column>, Vec<Column>) = pairs().unzip();
        for key in &l.key {
            if !self.on.iter().any(|(a, b)| a == key && b == key) {
                left_on.push(left.column(key));
                right_on.push(right.column(key));
            }
        }
        // Null keys meet, null values of `on` do not.
        let filter = pairs().map(|(a, b)| Expr::Column(a).eq(Expr::Column(b))).reduce(Expr::and);
        let method = match self.method {
            JoinMethod::Inner => JoinType::Inner,
            JoinMethod::Left => JoinType::Left,
            JoinMethod::Right => JoinType::Right,
            JoinMethod::Full => JoinType::Full,
        };
        LogicalPlanBuilder::from(left.plan.clone()).join_detailed(
            right.plan.clone(),
            method,
            (left_on, right_on),
            filter,
            NullEquality::NullEqualsNull,
        )
    }

    /// The rows of a lane that meets none of the other side's; what the other side would have is null.
    fn alone(&self, node: &Node, lane: &Lane, others: &[Lane], at: usize) -> Result<Lane, FluxError> {
        let (own, other) = if at == 0 { ('l', 'r') } else { ('r', 'l') };
        let side = build(Side::of(lane, own))?;
        let mut absent: Vec<SideColumn> = Vec::new();
        for lane in others {
            let new = columns_of(lane, other).into_iter();
            absent.extend(new.filter(|c| !absent.iter().any(|a| a.0 == c.0)).collect::<Vec<_>>());
        }
        let fields = side.plan.schema().fields().iter();
        let mut exprs: Vec<Expr> = fields.map(|f| column(f.name())).collect();
        for (name, inner_name, data_type) in &mut absent {
            let value = match lane.column(name).filter(|c| lane.in_key(&c.name)) {
                Some(c) => {
                    *data_type = c.data_type;
                    Expr::Column(side.column(name))
                }
                None => typed_null(*data_type),
            };
            exprs.push(value.alias(inner_name.as_str()));
        }
        let plan = LogicalPlanBuilder::from(side.plan).project(exprs).and_then(LogicalPlanBuilder::build);
        let present = columns_of(lane, own);
        let sides = if at == 0 { [&present, &absent] } else { [&absent, &present] };
        self.answer(node, lane, build(plan)?, side.order, sides, false)
    }

    /// The columns of `as` over joined rows.
    fn answer(
        &self,
        node: &Node,
        lane: &Lane,
        plan: LogicalPlan,
        order: Vec<OrderKey>,
        sides: [&Vec<SideColumn>; 2],
        met: bool,
    ) -> Result<Lane, FluxError> {
        let node = &self.named(node);
        let place = Place::new(node, self.as_row);
        let scope = RowScope { sides: sides.map(Vec::as_slice), ..RowScope::new(&[]).at(&place) };
        let record = compile_record(&self.as_row.body, &scope).map_err(|e| with_place(node, e))?;
        let mut visible = Vec::new();
        for (name, typed) in record {
            let Some(data_type) = typed.data_type else { continue };
            visible.push((LaneColumn { name, data_type }, typed.expr));
        }
        visible.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        let kept = |c: &&LaneColumn| visible.iter().any(|(v, _)| v == *c);
        let lost = lane.columns.iter().find(|c| lane.in_key(&c.name) && !kept(c));
        let poison = lost.map(|c| {
            let (name, data_type) = (&c.name, c.data_type.name());
            let text = "join cannot modify group key: output record has a missing or invalid value for column";
            let text = format!("{text} '{name}:{data_type}'");
            let error = if met { runtime(node, text) } else { FluxError::invalid(text) };
            Poison { error, held_back: true }
        });
        let mut exprs: Vec<Expr> = visible.iter().map(|(c, value)| value.clone().alias(&c.name)).collect();
        exprs.extend(order.iter().map(|k| column(&k.column)));
        let plan = build(LogicalPlanBuilder::from(plan).project(exprs).and_then(LogicalPlanBuilder::build))?;
        let columns: Vec<LaneColumn> = visible.into_iter().map(|(c, _)| c).collect();
        let key = columns.iter().map(|c| c.name.clone()).filter(|n| lane.in_key(n)).collect();
        Ok(Lane { plan, columns, key, order, poison, ..bare(lane) })
    }

    /// The node under the name of the function that was called: `tables` serves the others.
    fn named(&self, node: &Node) -> Node {
        let name = match self.method {
            _ if node.name != "tables" => node.name.as_str(),
            JoinMethod::Inner => "inner",
            JoinMethod::Left => "left",
            JoinMethod::Right => "right",
            JoinMethod::Full => "full",
        };
        Node { name: name.to_owned(), ..node.clone() }
    }
}

/// A column of a side: its name, its name in the joined relation, its type.
type SideColumn = (String, String, ScalarType);

fn columns_of(lane: &Lane, prefix: char) -> Vec<SideColumn> {
    lane.columns.iter().map(|c| (c.name.clone(), inner(prefix, &c.name), c.data_type)).collect()
}

/// Whether tables of two lanes may have equal keys.
fn may_meet(l: &Lane, r: &Lane) -> bool {
    let typed = |k: &String| l.column(k).map(|c| c.data_type) == r.column(k).map(|c| c.data_type);
    let same = l.key_by_label() == r.key_by_label() && l.key.iter().all(typed);
    same && !(l.in_key("_field") && apart(l, r, &["_field".to_owned()]))
}
