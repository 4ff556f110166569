//! Kernels give the same rows however their input is cut into batches.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringViewArray, TimestampNanosecondArray,
    UInt64Array,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::LogicalPlanBuilder;
use flux::ast::Span;
use flux::plan::{Node, Op};
use storage::budget::Budget;

use super::fold::{Diff, Digest, ExactMean, Fold, Folding, Integral, KeyValues, Mode, Skew};
use super::{
    Best, Derivative, Difference, DifferenceRule, Elapsed, Kernel, MovingAverage, QuantileRow, RunNode, Runs, Sample,
    StateDuration, StateTracking,
};
use crate::lane::OrderKey;
use crate::scalar::UTC;
use crate::session::{QueryOptions, Session};

const SECOND: i64 = 1_000_000_000;

/// Three tables of five rows, one and four.
fn rows() -> RecordBatch {
    let keys: ArrayRef = Arc::new(StringViewArray::from(vec!["a", "a", "a", "a", "a", "b", "c", "c", "c", "c"]));
    let seconds = [0, 10, 20, 20, 50, 5, 0, 10, 20, 30];
    let times = TimestampNanosecondArray::from_iter_values(seconds.map(|s| s * SECOND)).with_timezone(UTC);
    let floats = [Some(1.0), Some(4.0), None, Some(2.0), Some(8.0), Some(3.0), Some(2.0), Some(2.0), Some(6.0), None];
    let counters = UInt64Array::from(vec![5, 7, 3, 4, 4, 9, 1, 2, 3, 0]);
    let holds = [true, true, false, true, true, true, false, true, true, true].map(Some);
    RecordBatch::try_from_iter_with_nullable(vec![
        ("key", keys, true),
        ("_time", Arc::new(times) as ArrayRef, true),
        ("_value", Arc::new(Float64Array::from(floats.to_vec())) as ArrayRef, true),
        ("counter", Arc::new(counters) as ArrayRef, true),
        ("holds", Arc::new(BooleanArray::from(holds.to_vec())) as ArrayRef, true),
        ("side", Arc::new(Int64Array::from(vec![0, 0, 1, 1, 1, 0, 0, 1, 1, 1])) as ArrayRef, true),
    ])
    .unwrap()
}

fn node() -> Node {
    Node { op: Op::Buckets, inputs: Vec::new(), span: Span::default(), name: "test".to_owned(), pushed: false }
}

/// What the kernel makes of the rows in batches of this size.
fn drive(kernel: &dyn Kernel, size: usize) -> RecordBatch {
    let input = rows();
    let output = Arc::new(kernel.schema(&input.schema()).unwrap());
    let mut state = kernel.start(&input.schema(), &output).unwrap();
    let mut runs = Runs::new(&input.schema(), &["key".to_owned()]).unwrap();
    let mut answers = Vec::new();
    for start in (0..input.num_rows()).step_by(size) {
        let batch = input.slice(start, size.min(input.num_rows() - start));
        let (ranges, continues) = runs.of(&batch).unwrap();
        answers.push(state.push(&batch, &ranges, continues).unwrap());
    }
    answers.extend(state.finish().unwrap());
    concat_batches(&output, &answers).unwrap()
}

/// The answer, which must not depend on the batches.
fn answer(kernel: &dyn Kernel) -> RecordBatch {
    let whole = drive(kernel, 100);
    for size in 1..10 {
        assert_eq!(drive(kernel, size), whole, "{} in batches of {size}", kernel.name());
    }
    whole
}

fn floats(batch: &RecordBatch, name: &str) -> Vec<Option<f64>> {
    batch.column_by_name(name).unwrap().as_primitive::<Float64Type>().iter().collect()
}

fn ints(batch: &RecordBatch, name: &str) -> Vec<Option<i64>> {
    batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().iter().collect()
}

fn fold(fold: impl Fold + 'static) -> RecordBatch {
    answer(&Folding { fold: Arc::new(fold), key: vec!["key".to_owned()], live: None, ordinal: None })
}

fn value() -> String {
    "_value".to_owned()
}

#[test]
fn differences_skip_nulls_and_begin_anew_in_each_table() {
    let rule = DifferenceRule { non_negative: false, initial_zero: false, keep_first: false };
    let columns = vec![value(), "counter".to_owned()];
    let batch = answer(&Difference { columns: columns.clone(), rule });
    assert_eq!(floats(&batch, "_value"), [Some(3.0), None, Some(-2.0), Some(6.0), Some(0.0), Some(4.0), None]);
    assert_eq!(ints(&batch, "counter"), [2, -4, 1, 0, 1, 1, -3].map(Some));
    let rule = DifferenceRule { non_negative: true, initial_zero: true, keep_first: true };
    let batch = answer(&Difference { columns, rule });
    assert_eq!(ints(&batch, "counter"), [0, 2, 3, 1, 0, 0, 0, 1, 1, 0].map(Some));
}

#[test]
fn derivatives_leave_out_repeated_times() {
    let kernel = Derivative {
        columns: vec!["counter".to_owned()],
        time: "_time".to_owned(),
        unit: SECOND,
        non_negative: false,
        initial_zero: false,
        node: node(),
    };
    let batch = answer(&kernel);
    assert_eq!(floats(&batch, "counter"), [0.2, -0.4, 1.0 / 30.0, 0.1, 0.1, -0.3].map(Some));
}

#[test]
fn elapsed_counts_whole_units() {
    let (time, column) = ("_time".to_owned(), "elapsed".to_owned());
    let batch = answer(&Elapsed { time, column, unit: 4 * SECOND, node: node() });
    assert_eq!(ints(&batch, "elapsed"), [2, 2, 0, 7, 2, 2, 2].map(Some));
}

#[test]
fn averages_of_short_tables_are_one_row() {
    let batch = answer(&MovingAverage { column: value(), n: 3, exponential: false });
    assert_eq!(floats(&batch, "_value"), [2.5, 3.0, 5.0, 3.0, 10.0 / 3.0, 4.0].map(Some));
    let batch = answer(&MovingAverage { column: value(), n: 2, exponential: true });
    let (a, c) = (2.5, 2.0);
    let next = |last: f64, value: f64| value * (2.0 / 3.0) + last * (1.0 - 2.0 / 3.0);
    let expected = [a, a, next(a, 2.0), next(next(a, 2.0), 8.0), 3.0, c, next(c, 6.0), next(c, 6.0)];
    assert_eq!(floats(&batch, "_value"), expected.map(Some));
}

#[test]
fn states_are_counted_and_timed() {
    let kernel = StateTracking {
        condition: "holds".to_owned(),
        count: Some("count".to_owned()),
        duration: Some(StateDuration { column: "duration".to_owned(), time: "_time".to_owned(), unit: SECOND }),
        node: node(),
    };
    let batch = answer(&kernel);
    assert_eq!(ints(&batch, "count"), [1, 2, -1, 1, 2, 1, -1, 1, 2, 3].map(Some));
    assert_eq!(ints(&batch, "duration"), [0, 10, -1, 0, 30, 0, -1, 0, 10, 20].map(Some));
    assert!(batch.column_by_name("holds").is_none());
}

#[test]
fn rows_are_picked_by_their_place() {
    assert_eq!(floats(&answer(&Sample { n: 2, position: 1 }), "_value"), [Some(4.0), Some(2.0), Some(2.0), None]);
    let counter = |q| {
        let batch = answer(&QuantileRow { q });
        batch
            .column_by_name("_time")
            .unwrap()
            .as_primitive::<datafusion::arrow::datatypes::TimestampNanosecondType>()
            .values()
            .iter()
            .map(|t| t / SECOND)
            .collect::<Vec<_>>()
    };
    assert_eq!(counter(0.0), [0, 5, 0]);
    assert_eq!(counter(0.5), [20, 5, 10]);
    assert_eq!(counter(1.0), [50, 5, 30]);
}

#[test]
fn quantiles_interpolate() {
    let exact = |q| floats(&fold(ExactMean { column: value(), q }), "_value");
    assert_eq!(exact(0.5), [3.0, 3.0, 2.0].map(Some));
    assert_eq!(exact(1.0), [8.0, 3.0, 6.0].map(Some));
    let digest = |q| floats(&fold(Digest { column: value(), q, compression: 1000.0 }), "_value");
    assert_eq!(digest(0.5), [3.0, 3.0, 2.0].map(Some));
    assert_eq!(digest(0.0), [1.0, 3.0, 2.0].map(Some));
    assert_eq!(digest(1.0), [8.0, 3.0, 6.0].map(Some));
}

#[test]
fn modes_are_null_where_nothing_is_more_frequent() {
    let batch = fold(Mode { column: value(), data_type: DataType::Float64 });
    assert_eq!(floats(&batch, "_value"), [None, None, Some(2.0)]);
}

#[test]
fn moments_and_areas() {
    let skew = floats(&fold(Skew { column: value() }), "_value");
    assert!(skew[1].is_some_and(f64::is_nan));
    assert!(skew[2].is_some_and(|s| (s - std::f64::consts::FRAC_1_SQRT_2).abs() < 1e-12), "{skew:?}");
    let integral = |bounds| Integral { column: value(), time: "_time".to_owned(), unit: SECOND, bounds, node: node() };
    assert_eq!(floats(&fold(integral(None)), "_value"), [25.0 + 30.0 + 150.0, 0.0, 20.0 + 40.0].map(Some));
}

#[test]
fn key_values_are_distinct() {
    let columns = vec!["counter".to_owned()];
    let batch = fold(KeyValues { columns, data_type: DataType::UInt64 });
    assert_eq!(batch.num_rows(), 4 + 1 + 4);
    assert_eq!(batch.column_by_name("_key").unwrap().as_string_view().value(0), "counter");
}

#[test]
fn signs_of_tables_are_no_rows() {
    let input = rows();
    let live: ArrayRef = Arc::new(Int64Array::from(vec![1, 1, 1, 0, 1, 0, 0, 1, 1, 1]));
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for (field, array) in input.schema().fields().iter().zip(input.columns()) {
        columns.push((field.name().clone(), array.clone()));
    }
    columns.push(("live".to_owned(), live));
    let input = RecordBatch::try_from_iter(columns).unwrap();
    let fold = Arc::new(ExactMean { column: value(), q: 1.0 });
    let kernel = Folding { fold, key: vec!["key".to_owned()], live: Some("live".to_owned()), ordinal: None };
    let output = Arc::new(kernel.schema(&input.schema()).unwrap());
    let mut state = kernel.start(&input.schema(), &output).unwrap();
    let first = state.push(&input, &[0..5, 5..6, 6..10], false).unwrap();
    let last = state.finish().unwrap().unwrap();
    assert_eq!(floats(&first, "_value"), [Some(8.0), None]);
    assert_eq!(floats(&last, "_value"), [Some(6.0)]);
    assert!(last.column(0).is_valid(0));
}

#[test]
fn differences_of_two_sides_are_marked() {
    let columns = vec![("_value".to_owned(), DataType::Float64)];
    let diff = fold(Diff { mark: "_diff".to_owned(), side: "side".to_owned(), columns });
    let marks: Vec<&str> =
        diff.column_by_name("_diff").unwrap().as_string_view().iter().map(Option::unwrap_or_default).collect();
    assert_eq!(marks, ["-", "-", "+", "+", "+", "-", "", "+", "+"]);
    let values = [Some(1.0), Some(4.0), None, Some(2.0), Some(8.0), Some(3.0), Some(2.0), Some(6.0), None];
    assert_eq!(floats(&diff, "_value")[..6], values[..6]);
    // Of the got rows of the last table the second 2.0 is the wanted one's.
    assert_eq!(floats(&diff, "_value")[6..], values[6..]);
}

#[test]
fn the_best_rows_of_parts_are_those_of_the_whole() {
    let all = rows();
    let best = |parts: Vec<Vec<RecordBatch>>| {
        let table = Arc::new(MemTable::try_new(all.schema(), parts).unwrap());
        let input = LogicalPlanBuilder::scan("t", provider_as_source(table), None).unwrap().build().unwrap();
        let order = vec![OrderKey { column: "counter".to_owned(), descending: true }, OrderKey::ascending("_time")];
        let kernel = Arc::new(Best { groups: vec!["key".to_owned()], order });
        let plan = RunNode::plan(input, Vec::new(), Vec::new(), kernel).unwrap();
        let budget = Budget::new(64 << 20);
        let session = Session::new(&QueryOptions { budget, threads: 2, pushdown: true }).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let (physical, batches) = runtime
            .block_on(async { (session.explain(&plan).await.unwrap().1, session.collect(&plan).await.unwrap()) });
        let batch = concat_batches(&all.schema(), &batches).unwrap();
        let keys = batch.column_by_name("key").unwrap().as_string_view().iter().map(|k| k.unwrap().to_owned());
        let mut found: Vec<(String, Option<f64>)> = keys.zip(floats(&batch, "_value")).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        (found, physical.matches("RunExec").count())
    };
    let (whole, steps) = best(vec![vec![all.clone()]]);
    assert_eq!(whole, [("a", Some(4.0)), ("b", Some(3.0)), ("c", Some(6.0))].map(|(k, v)| (k.to_owned(), v)));
    assert_eq!(steps, 1);
    for cut in 1..all.num_rows() {
        let parts = vec![vec![all.slice(0, cut)], vec![all.slice(cut, all.num_rows() - cut)]];
        assert_eq!(best(parts), (whole.clone(), 2), "cut before row {cut}");
    }
}
