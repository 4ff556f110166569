//! Whole rows beside the long form of a lane: the same points, one row a series and time with a column a field.
//!
//! A lane over several fields of one scan carries both as plans, as long as what happens to it means the same to both.
//! Whoever can work on whole rows (an aggregate looks at every field in one pass) takes them; a step that does not know of
//! them changes the lane's own plan, and then they no longer count.

use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use crate::lane::{HIDDEN, Lane, LaneColumn, column, named};

/// See the module's text.
#[derive(Debug, Clone)]
pub(crate) struct WholeRows {
    /// The visible columns of the lane but `_field` and `_value`, and a column for each field.
    plan: LogicalPlan,
    fields: Vec<String>,
    /// The lane's own plan that says the same.
    twin: LogicalPlan,
}

/// The column of a field's values.
pub(crate) fn value_column(field: &str) -> String {
    format!("{HIDDEN}value of {field}")
}

impl WholeRows {
    pub(crate) fn new(plan: LogicalPlan, fields: Vec<String>, twin: LogicalPlan) -> Self {
        Self { plan, fields, twin }
    }

    /// Names of the fields.
    pub(crate) fn fields(&self) -> &[String] {
        &self.fields
    }

    pub(crate) fn plan(&self) -> &LogicalPlan {
        &self.plan
    }
}

/// The whole rows of a lane, if they still say the same as its plan.
pub(crate) fn of(lane: &Lane) -> Option<&WholeRows> {
    lane.whole.as_ref().filter(|whole| whole.twin == lane.plan)
}

/// What a lane's whole rows become when its rows are filtered by a predicate that looks at no field.
pub(crate) fn filtered(before: &Lane, after: &mut Lane, predicate: &Expr) -> DfResult<()> {
    let Some(whole) = of(before) else { return Ok(()) };
    let plan = LogicalPlanBuilder::from(whole.plan.clone()).filter(predicate.clone())?.build()?;
    after.whole = Some(WholeRows::new(plan, whole.fields.clone(), after.plan.clone()));
    Ok(())
}

/// What they become when columns that look at no field are set, as [`Lane::select`] does with the others left as they are.
pub(crate) fn assigned(before: &Lane, after: &mut Lane, visible: &[(LaneColumn, Expr)]) -> DfResult<()> {
    let Some(whole) = of(before) else { return Ok(()) };
    let stays = |name: &str| name != "_field" && name != "_value";
    let kept = visible.iter().filter(|(c, _)| stays(&c.name));
    let mut exprs: Vec<Expr> = kept.map(|(c, value)| named(value.clone(), &c.name)).collect();
    exprs.extend(whole.fields.iter().map(|field| column(&value_column(field))));
    let plan = LogicalPlanBuilder::from(whole.plan.clone()).project(exprs)?.build()?;
    after.whole = Some(WholeRows::new(plan, whole.fields.clone(), after.plan.clone()));
    Ok(())
}

/// The same rows under another key that still tells fields apart.
pub(crate) fn regrouped(before: &Lane, after: &mut Lane) {
    if let Some(whole) = of(before).filter(|_| after.in_key("_field")) {
        after.whole = Some(WholeRows { twin: after.plan.clone(), ..whole.clone() });
    }
}
