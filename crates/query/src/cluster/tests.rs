//! The order agrees with arrow's own sort, in memory and through spilled runs.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, StringViewArray};
use datafusion::arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{SortExpr, col};
use datafusion::prelude::{DataFrame, SessionContext};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use storage::budget::Budget;

use crate::session::{QueryOptions, Session};

/// Rows with repeated keys, nulls and long and short texts; `n` numbers them.
fn batches(seed: u64, count: usize, rows: usize) -> Vec<RecordBatch> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut n = 0;
    let mut batch = |_| {
        let word = |random: &mut StdRng| match random.random_range(0..8) {
            0 => None,
            k => Some(format!("{}{}", "a rather long text ".repeat(k % 2), random.random_range(0..5))),
        };
        let a: StringViewArray = (0..rows).map(|_| word(&mut random)).collect();
        let b: StringViewArray = (0..rows).map(|_| word(&mut random)).collect();
        let number = |random: &mut StdRng| random.random_bool(0.9).then(|| random.random_range(-50..50));
        let i: Int64Array = (0..rows).map(|_| number(&mut random)).collect();
        let f: Float64Array = (0..rows).map(|_| number(&mut random).map(|v| v as f64 / 4.0)).collect();
        let numbers = Int64Array::from_iter_values(n..n + rows as i64);
        n += rows as i64;
        let columns: [(&str, ArrayRef); 5] =
            [("a", Arc::new(a)), ("b", Arc::new(b)), ("i", Arc::new(i)), ("f", Arc::new(f)), ("n", Arc::new(numbers))];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
    };
    (0..count).map(&mut batch).collect()
}

fn frame(batches: &[RecordBatch], sort: Vec<SortExpr>) -> DataFrame {
    let table = MemTable::try_new(batches[0].schema(), vec![batches.to_vec()]).unwrap();
    SessionContext::new().read_table(Arc::new(table)).unwrap().sort(sort).unwrap()
}

async fn sorted(batches: &[RecordBatch], sort: Vec<SortExpr>, memory_limit_bytes: usize) -> RecordBatch {
    let budget = Budget::new(memory_limit_bytes / 5 * 6);
    let session = Session::new(&QueryOptions { budget, threads: 2, pushdown: true }).unwrap();
    let plan = frame(batches, sort).into_unoptimized_plan();
    let (_, physical) = session.explain(&plan).await.unwrap();
    assert!(physical.contains("ClusterExec"), "{physical}");
    let answer = session.collect(&plan).await.unwrap();
    concat_batches(&batches[0].schema(), &answer).unwrap()
}

/// The same order by arrow's own sort.
fn reference(batches: &[RecordBatch], sort: &[(&str, bool, bool)]) -> RecordBatch {
    let all = concat_batches(&batches[0].schema(), batches).unwrap();
    let column = |(name, descending, nulls_first): &(&str, bool, bool)| SortColumn {
        values: all.column_by_name(name).unwrap().clone(),
        options: Some(datafusion::arrow::compute::SortOptions { descending: *descending, nulls_first: *nulls_first }),
    };
    let indices = lexsort_to_indices(&sort.iter().map(column).collect::<Vec<_>>(), None).unwrap();
    take_record_batch(&all, &indices).unwrap()
}

#[tokio::test]
async fn orders_agree_with_arrow_s_sort_in_memory_and_spilled() {
    // (column, descending, nulls first); `n` makes every order total.
    let orders: &[&[(&str, bool, bool)]] = &[
        &[("n", true, true)],
        &[("a", false, true), ("n", false, true)],
        &[("a", true, false), ("b", false, true), ("n", true, true)],
        &[("b", false, true), ("i", true, true), ("n", false, false)],
        &[("i", false, false), ("a", false, true), ("f", true, false), ("n", false, true)],
        &[("n", false, true), ("a", true, true)],
        &[("f", false, true), ("n", false, true), ("b", false, true)],
    ];
    let input = batches(7, 40, 500);
    for order in orders {
        let sort: Vec<SortExpr> = order.iter().map(|(c, d, nulls)| SortExpr::new(col(*c), !d, *nulls)).collect();
        let expected = reference(&input, order);
        for memory in [64 << 20, 1 << 20] {
            let got = sorted(&input, sort.clone(), memory).await;
            assert_eq!(got, expected, "{order:?} in {memory} bytes");
        }
    }
}

#[tokio::test]
async fn a_trailing_number_with_nulls_orders_them() {
    let input = batches(11, 3, 300);
    for (descending, nulls_first) in [(false, true), (true, true), (false, false), (true, false)] {
        for column in ["i", "f"] {
            let sort = vec![SortExpr::new(col("a"), true, true), SortExpr::new(col(column), !descending, nulls_first)];
            let got = sorted(&input, sort, 64 << 20).await;
            let expected =
                reference(&input, &[("a", false, true), (column, descending, nulls_first), ("n", false, true)]);
            // Equal rows keep their order, so that the numbers of rows agree, too.
            assert_eq!(got, expected, "{column} {descending} {nulls_first}");
        }
    }
}

#[tokio::test]
async fn rows_in_order_leave_as_they_came() {
    let input = batches(3, 4, 100);
    let got = sorted(&input, vec![col("n").sort(true, true)], 64 << 20).await;
    let numbers: Vec<i64> = got.column_by_name("n").unwrap().as_primitive::<Int64Type>().values().to_vec();
    assert_eq!(numbers, (0..400).collect::<Vec<i64>>());
}
