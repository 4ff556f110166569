//! Writing lines and Arrow batches.

use std::collections::HashMap;

use arrow::array::{
    ArrayRef, DictionaryArray, Float32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray, TimestampNanosecondArray,
};
use arrow::datatypes::Int32Type;
use arrow::datatypes::{Field, Schema};

use super::*;
use crate::write::WriteBatchError;

#[tokio::test]
async fn lines_are_stored_whole_or_refused_whole() {
    let house = House::new().await;
    let write =
        |body: &'static str| house.engine.write_line_protocol(house.bucket(), body.as_bytes(), Precision::Seconds);
    assert_eq!(
        write("g,site=n v=1 1709510400\n# remark\n\ng v=2 1709510401").await.unwrap(),
        WriteOutcome::Stored { points: 2 }
    );
    assert_eq!(write("").await.unwrap(), WriteOutcome::Stored { points: 0 });
    let error = write("g v=3 1709510402\ng v=oops 1\ng v=").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "unable to parse 'g v=oops 1': invalid boolean\nunable to parse 'g v=': missing field value"
    );
    let stored = house.ask(r#"from(bucket: "lamp") |> range(start: 0) |> count() |> keep(columns: ["_value"])"#).await;
    assert_eq!(stored, "result _result\ntable _value\n1\n1\n", "two series");
}

#[tokio::test]
async fn refused_points_leave_the_others() {
    let house = House::new().await;
    let body = "g v=1.5 1709510400\ng v=2i 1709510401\ng v=3.5 1709510402";
    let outcome = house.engine.write_line_protocol(house.bucket(), body.as_bytes(), Precision::Seconds).await.unwrap();
    let message = "partial write: field type conflict: input field \"v\" on measurement \"g\" is type integer, already exists as type float dropped=1";
    assert_eq!(outcome, WriteOutcome::Partial { message: message.to_owned() });
    let stored = house.ask(r#"from(bucket: "lamp") |> range(start: 0) |> keep(columns: ["_value"])"#).await;
    assert_eq!(stored, "result _result\ntable _value\n1.5\n3.5\n");
}

#[tokio::test]
async fn points_outside_retention_are_told() {
    let house = House::new().await;
    let new =
        management::NewBucket { retention_ns: 3_600_000_000_000, ..management::NewBucket::new(house.org(), "short") };
    let short = house.engine.create_bucket(new).await.unwrap().id;
    let body = format!("gauge level=1 {}\ngauge level=2 {}", T0 + 86_400 - 60, T0 + 86_400 - 7_200);
    let outcome = house.engine.write_line_protocol(short, body.as_bytes(), Precision::Seconds).await.unwrap();
    let WriteOutcome::Partial { message } = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        message,
        format!(
            "partial write: dropped 1 points outside retention policy of duration 1h0m0s - oldest point gauge at \
             2024-03-04T22:00:00Z dropped because it violates a Retention Policy Lower Bound at 2024-03-04T23:00:00Z, \
             newest point gauge at 2024-03-04T22:00:00Z dropped because it violates a Retention Policy Lower Bound at \
             2024-03-04T23:00:00Z dropped=1 for database: {short} for retention policy: autogen"
        )
    );
}

#[tokio::test]
async fn lines_without_a_time_get_the_clock_s_cut_to_the_precision() {
    let house = House::new().await;
    house.clock.set(T0 * 1_000_000_000 + 1_234_567_891);
    for (precision, measurement) in
        [(Precision::Seconds, "s"), (Precision::Milliseconds, "ms"), (Precision::Nanoseconds, "ns")]
    {
        let line = format!("{measurement} v=1");
        house.engine.write_line_protocol(house.bucket(), line.as_bytes(), precision).await.unwrap();
    }
    let script = r#"from(bucket: "lamp") |> range(start: 0, stop: 2030-01-01T00:00:00Z) |> map(fn: (r) => ({m: r._measurement, n: int(v: r._time) - 1709510400000000000}))"#;
    let answer = house.ask(script).await;
    for row in ["s,1000000000", "ms,1234000000", "ns,1234567891"] {
        assert!(answer.lines().any(|line| line == row), "{row} in {answer}");
    }
}

#[tokio::test]
async fn an_unknown_bucket_takes_nothing() {
    let house = House::new().await;
    let nowhere = Id::new(0xab).unwrap();
    let error = house.engine.write_line_protocol(nowhere, b"g v=1", Precision::Seconds).await.unwrap_err();
    assert!(matches!(error, WriteError::Storage(StorageError::NoBucket(id)) if id == nowhere), "{error:?}");
}

fn batch(columns: Vec<(Field, ArrayRef)>) -> RecordBatch {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn column(name: &str, array: impl arrow::array::Array + 'static) -> (Field, ArrayRef) {
    (Field::new(name, array.data_type().clone(), true), Arc::new(array))
}

fn with_role((field, array): (Field, ArrayRef), role: &str) -> (Field, ArrayRef) {
    (field.with_metadata(HashMap::from([("tidegauge.role".to_owned(), role.to_owned())])), array)
}

fn times() -> (Field, ArrayRef) {
    column(
        "when",
        TimestampMillisecondArray::from(vec![Some(T0 * 1000), Some(T0 * 1000 + 1), None]).with_timezone("UTC"),
    )
}

#[tokio::test]
async fn columns_of_an_arrow_batch_find_their_roles() {
    let house = House::new().await;
    let site: DictionaryArray<Int32Type> = vec![Some("n"), Some(""), None].into_iter().collect();
    let rows = batch(vec![
        column("level", Float32Array::from(vec![Some(1.5), Some(2.5), Some(3.5)])),
        column("site", site),
        times(),
        column("note", StringArray::from(vec![Some("a"), None, None])),
        with_role(column("code", StringArray::from(vec!["x", "y", "z"])), "tag"),
    ]);
    let outcome = house.engine.write_batch(house.bucket(), "gauge", &rows).await.unwrap();
    assert_eq!(outcome, WriteOutcome::Stored { points: 3 });
    let text = r#"from(bucket: "lamp") |> range(start: 0, stop: 2030-01-01T00:00:00Z)
        |> filter(fn: (r) => r._field == "level") |> keep(columns: ["_time", "_value", "site", "code"])"#;
    let answer = house.ask(text).await;
    for row in ["2024-03-04T00:00:00Z,1.5,x,n", "2024-03-04T00:00:00.001Z,2.5,y", "2024-03-05T00:00:00Z,3.5,z"] {
        assert!(answer.lines().any(|line| line == row), "{row} in {answer}");
    }
    let notes = house.ask(r#"from(bucket: "lamp") |> range(start: 0) |> filter(fn: (r) => r._field == "note") |> keep(columns: ["_value", "site", "code"])"#).await;
    assert!(notes.contains("a") && notes.lines().count() == 3, "{notes}");
}

#[tokio::test]
async fn bad_arrow_batches_are_refused_by_name() {
    let house = House::new().await;
    let level = || column("level", Float64Array::from(vec![1.0, 2.0, 3.0]));
    let nanos = |value| column("t", TimestampNanosecondArray::from(vec![value, 0, 0]));
    let cases = [
        (batch(vec![times()]), "the batch has no field column: give one the role `field` under \"tidegauge.role\""),
        (batch(vec![level(), level()]), "column \"level\" stands twice: rename one"),
        (
            batch(vec![level(), with_role(times(), "time"), with_role(nanos(1), "time")]),
            "columns \"when\" and \"t\" are both the time: keep one",
        ),
        (
            batch(vec![level(), with_role(column("time", StringArray::from(vec!["a", "b", "c"])), "tag")]),
            "cannot use reserved tag key \"time\": rename the column",
        ),
        (
            batch(vec![level(), with_role(column("n", Int64Array::from(vec![1, 2, 3])), "tag")]),
            "column \"n\" of type Int64 cannot be a tag: cast it",
        ),
        (
            batch(vec![level(), with_role(column("n", Int64Array::from(vec![1, 2, 3])), "key")]),
            "column \"n\" has the role \"key\": known are time, tag, field and measurement",
        ),
        (
            batch(vec![column("level", Float64Array::from(vec![1.0, f64::NAN, 3.0]))]),
            "column \"level\", row 1: NaN is no value of a field; leave it null",
        ),
        (batch(vec![level(), nanos(i64::MAX)]), "row 0: time outside range -9223372036854775806 - 9223372036854775806"),
    ];
    for (rows, text) in cases {
        let error = house.engine.write_batch(house.bucket(), "gauge", &rows).await.unwrap_err();
        assert!(matches!(error, WriteBatchError::Batch(_)));
        assert_eq!(error.to_string(), text);
    }
    let error = house.engine.write_batch(house.bucket(), "", &batch(vec![level()])).await.unwrap_err();
    assert_eq!(error.to_string(), "missing measurement: name one");
    assert_eq!(house.ask(r#"from(bucket: "lamp") |> range(start: 0)"#).await, "result _result\n");
}
