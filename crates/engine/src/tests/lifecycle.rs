//! Open, close, open again; folders in use and folders for reading.

use super::*;

const ALL: &str =
    r#"from(bucket: "lamp") |> range(start: 0) |> sort(columns: ["_time"]) |> keep(columns: ["_value", "site"])"#;

fn no_filter() -> SeriesFilter {
    SeriesFilter::All
}

#[tokio::test]
async fn what_was_written_survives_every_state() {
    let house = House::new().await;
    house.write(&format!("g,site=n v=1 {T0}\ng,site=s v=2 {T0}")).await;
    let answer = house.ask(ALL).await;
    assert_eq!(answer, "result _result\ntable _value,site\n1.0,n\ntable _value,site\n2.0,s\n");
    let house = house.reopen().await;
    assert_eq!(house.ask(ALL).await, answer, "replayed from the log");
    house.engine.flush().await.unwrap();
    assert_eq!(house.ask(ALL).await, answer, "flushed");
    let house = house.reopen().await;
    assert_eq!(house.ask(ALL).await, answer, "read from partitions");
    house.write(&format!("g,site=n v=3 {T0}")).await;
    house.engine.compact().await.unwrap();
    let changed = answer.replace("1.0", "3.0");
    assert_eq!(house.ask(ALL).await, changed, "the last write wins");
    let house = house.reopen().await;
    assert_eq!(house.ask(ALL).await, changed);
    assert!(house.engine.authenticate_token("keepers-token").is_ok());
}

#[tokio::test]
async fn deletes_take_both_ends_and_stay() {
    let house = House::new().await;
    house
        .write(&format!("g,site=n v=1 {T0}\ng,site=n v=2 {}\ng,site=n v=3 {}\ng,site=s v=4 {T0}", T0 + 1, T0 + 2))
        .await;
    let north = SeriesFilter::Tag { key: "site".into(), comparison: Comparison::Equal, value: "n".into() };
    let (first, last) = (T0 * 1_000_000_000, (T0 + 1) * 1_000_000_000);
    house.engine.delete(house.bucket(), first, last, north).await.unwrap();
    let left = "result _result\ntable _value,site\n3.0,n\ntable _value,site\n4.0,s\n";
    assert_eq!(house.ask(ALL).await, left);
    let house = house.reopen().await;
    assert_eq!(house.ask(ALL).await, left);
    house.engine.compact().await.unwrap();
    assert_eq!(house.ask(ALL).await, left);
    house.engine.delete(house.bucket(), i64::MIN, i64::MAX, no_filter()).await.unwrap();
    assert_eq!(house.ask(ALL).await, "result _result\n");
    let nowhere = house.engine.delete(Id::new(0xab).unwrap(), 0, 1, no_filter()).await.unwrap_err();
    assert_eq!(nowhere.class(), ErrorClass::NotFound);
}

#[tokio::test]
async fn a_removed_bucket_is_gone_with_its_points() {
    let house = House::new().await;
    house.write(&format!("g v=1 {T0}")).await;
    house.engine.delete_bucket(house.bucket()).await.unwrap();
    let again = house.engine.create_bucket(management::NewBucket::new(house.org(), "lamp")).await.unwrap();
    assert_ne!(again.id, house.bucket());
    assert_eq!(house.ask(ALL).await, "result _result\n");
    let house = house.reopen().await;
    assert_eq!(house.ask(ALL).await, "result _result\n");
}

#[tokio::test]
async fn a_folder_has_one_writer_and_any_readers() {
    let house = House::new().await;
    house.write(&format!("g,site=n v=1 {T0}")).await;
    let second = Engine::open(options(&house.dir, &house.clock)).await.unwrap_err();
    assert!(second.to_string().contains("in use"), "{second}");
    let reading = EngineOptions { read_only: true, ..options(&house.dir, &house.clock) };
    let reader = Engine::open(reading).await.unwrap();
    let scope = reader.full_scope(house.org());
    assert_eq!(ask(&reader, ALL, scope).await.unwrap(), "result _result\ntable _value,site\n1.0,n\n");
    let refused = reader.write_line_protocol(house.bucket(), b"g v=2", Precision::Seconds).await;
    assert!(refused.is_err(), "{refused:?}");
    let refused = reader.create_bucket(management::NewBucket::new(house.org(), "n")).await.unwrap_err();
    assert!(refused.to_string().contains("read-only"), "{refused}");
    reader.close().await.unwrap();
    house.write(&format!("g,site=n v=1 {T0}")).await;
}

#[tokio::test]
async fn a_folder_that_was_never_opened_cannot_be_read() {
    let dir = TempDir::new().unwrap();
    let reading = EngineOptions { read_only: true, ..EngineOptions::new(dir.path()) };
    let error = Engine::open(reading).await.unwrap_err();
    assert!(error.to_string().contains(&dir.path().display().to_string()), "{error}");
}

#[tokio::test]
async fn several_folders_live_in_one_process() {
    let (a, b) = (House::new().await, House::new().await);
    a.write(&format!("g,site=a v=1 {T0}")).await;
    b.write(&format!("g,site=b v=2 {T0}")).await;
    assert!(a.ask(ALL).await.contains("1.0,a"));
    assert!(b.ask(ALL).await.contains("2.0,b"));
}

#[tokio::test]
async fn a_folder_can_be_looked_at_verified_and_sealed() {
    let house = House::new().await;
    house.write(&format!("g,site=n v=1 {T0}\ng,site=s v=2 {T0}")).await;
    let found = house.engine.inspect(Some(house.bucket())).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].measurements[0].series, found[0].measurements[0].rows), (2, 2));
    house.engine.compact_bucket(house.bucket()).await.unwrap();
    let mut options = house.engine.options().clone();
    options.read_only = true;
    let reader = Engine::open(options).await.unwrap();
    let seen = reader.inspect(Some(house.bucket())).await.unwrap();
    assert_eq!(seen[0].measurements[0].partitions.len(), 1);
    let checked = reader.verify().await.unwrap();
    assert!(checked.damages.is_empty() && checked.files >= 4 && checked.bytes > 1_000, "{checked:?}");
    assert!(reader.compact_bucket(house.bucket()).await.unwrap_err().to_string().contains("read-only"));
    let nowhere = house.engine.inspect(Id::new(0xab)).await.unwrap_err();
    assert_eq!(nowhere.class(), ErrorClass::NotFound);
}
