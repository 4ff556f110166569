//! Ids agree with the values they stand for, however rows are cut into batches.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, StringViewArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::row::SortField;

use super::{KeyIds, Kinds};

type Row = (Option<&'static str>, Option<i64>, Option<bool>);

const ROWS: [Row; 9] = [
    (Some("a text that does not fit a view"), Some(1), Some(true)),
    (Some("a text that does not fit a view"), Some(1), Some(true)),
    (None, Some(1), Some(true)),
    (Some(""), Some(1), Some(true)),
    (Some("short"), None, Some(true)),
    (Some("short"), Some(0), Some(true)),
    (Some("short"), Some(0), None),
    (Some("a text that does not fit a view"), Some(1), Some(true)),
    (None, Some(1), Some(true)),
];

fn columns(rows: &[Row]) -> Vec<ArrayRef> {
    vec![
        Arc::new(rows.iter().map(|r| r.0).collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|r| r.1).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|r| r.2).collect::<BooleanArray>()),
    ]
}

fn ids() -> KeyIds {
    let types = [DataType::Utf8View, DataType::Int64, DataType::Boolean];
    KeyIds::new(types.into_iter().map(SortField::new).collect()).unwrap()
}

#[test]
fn equal_rows_have_one_id_in_all_batches() {
    for size in 1..=ROWS.len() {
        let mut keys = ids();
        let (mut expected, mut met_rows) = (HashMap::<Row, u32>::new(), 0);
        for rows in ROWS.chunks(size) {
            let mut got = Vec::new();
            met_rows += keys.met(&columns(rows), rows.len(), &mut got).unwrap().len();
            for (row, id) in rows.iter().zip(got) {
                let next = expected.len() as u32;
                assert_eq!(*expected.entry(*row).or_insert(next), id, "{row:?} in batches of {size}");
            }
        }
        assert_eq!((met_rows, keys.ranks().len()), (6, 6));
    }
}

#[test]
fn rows_met_first_come_by_id() {
    let mut keys = ids();
    let mut got = Vec::new();
    assert_eq!(keys.met(&columns(&ROWS), ROWS.len(), &mut got).unwrap(), [0, 2, 3, 4, 5, 6]);
    assert_eq!(got, [0, 0, 1, 2, 3, 4, 5, 0, 1]);
    assert!(keys.met(&columns(&ROWS[2..4]), 2, &mut got).unwrap().is_empty());
    assert_eq!(got, [1, 2]);
}

#[test]
fn ranks_follow_the_order_of_keys() {
    let mut keys = ids();
    keys.ids(&columns(&ROWS), ROWS.len()).unwrap();
    // Nulls first: (null, 1, true), ("", 1, true), ("a text..", 1, true), ("short", null, true), ("short", 0, null), ...
    assert_eq!(keys.ranks(), [2, 0, 1, 3, 5, 4]);
}

#[test]
fn kinds_are_no_coarser_than_equality() {
    let (kinds, first) = Kinds::default().of(&columns(&ROWS), ROWS.len()).unwrap();
    for (row, kind) in kinds.iter().enumerate() {
        assert_eq!(ROWS[row], ROWS[first[*kind as usize] as usize]);
    }
    assert_eq!(Kinds::default().of(&columns(&[]), 0).unwrap(), (Vec::new(), Vec::new()));
}
