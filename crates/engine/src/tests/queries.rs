//! Queries: `now`, `extern`, sub-queries, errors and cancelling.

use super::*;

fn request_of(house: &House, text: &str) -> QueryRequest {
    QueryRequest { text: text.into(), extern_ast: None, now_ns: None, scope: house.engine.full_scope(house.org()) }
}

async fn run(house: &House, request: QueryRequest) -> String {
    let answer = house.engine.query(request).await.unwrap();
    let rows: Vec<Event> = answer.collect().await;
    let count = |event: &Event| if let Event::Rows(batch) = event { batch.num_rows() } else { 0 };
    rows.iter().map(count).sum::<usize>().to_string()
}

#[tokio::test]
async fn now_is_the_request_s_or_the_clock_s() {
    let house = House::new().await;
    house.write(&format!("g v=1 {T0}\ng v=2 {}", T0 + 86_000)).await;
    let request = request_of(&house, "from(bucket: \"lamp\") |> range(start: -1h)");
    assert_eq!(run(&house, request.clone()).await, "1", "the clock stands a day later");
    let earlier = QueryRequest { now_ns: Some((T0 + 60) * 1_000_000_000), ..request.clone() };
    assert_eq!(run(&house, earlier).await, "1");
    let week = QueryRequest { now_ns: Some((T0 + 7 * 86_400) * 1_000_000_000), ..request };
    assert_eq!(run(&house, week).await, "0");
}

#[tokio::test]
async fn errors_before_the_first_table_are_errors() {
    let house = House::new().await;
    let error =
        |text: &'static str| async { house.engine.query(request_of(&house, text)).await.map(drop).unwrap_err() };
    let undefined = error("from(bucket: \"lamp\") |> range(start: -1h) |> filter(fn: (r) => r.v == x)").await;
    assert_eq!(undefined.code, ErrorCode::Invalid);
    assert!(undefined.message.contains("undefined identifier x"), "{undefined}");
    let unbounded = error("from(bucket: \"lamp\")").await;
    assert_eq!(
        unbounded.message,
        "error in building plan while starting program: cannot submit unbounded read to \"lamp\"; try bounding 'from' with a call to 'range'"
    );
    assert!(error("").await.message.contains("no streaming data"));
}

#[tokio::test]
async fn a_script_may_look_into_tables() {
    let house = House::new().await;
    house.write(&format!("g,site=n v=1 {T0}\ng,site=s v=5 {T0}")).await;
    let text = "import \"array\"\n\
        data = from(bucket: \"lamp\") |> range(start: 0)\n\
        found = data |> findColumn(fn: (key) => key.site == \"s\", column: \"_value\")\n\
        array.from(rows: [{n: found[0] + 1.0}])";
    assert_eq!(house.ask(text).await, "result _result\ntable n\n6.0\n");
}

#[tokio::test]
async fn an_extern_gives_options() {
    let house = House::new().await;
    house.write(&format!("g v=1 {T0}")).await;
    let identifier = |name: &str| serde_json::json!({"type": "Identifier", "name": name});
    let property = |name: &str, value| serde_json::json!({"type": "Property", "key": identifier(name), "value": value});
    let time = |text: &str| serde_json::json!({"type": "DateTimeLiteral", "value": text});
    let record = serde_json::json!({
        "type": "ObjectExpression",
        "properties": [
            property("timeRangeStart", time("2024-03-04T00:00:00Z")),
            property("timeRangeStop", time("2024-03-04T01:00:00Z")),
        ],
    });
    let assignment = serde_json::json!({"type": "VariableAssignment", "id": identifier("v"), "init": record});
    let ast = serde_json::json!({
        "type": "File", "package": null, "imports": null,
        "body": [{"type": "OptionStatement", "assignment": assignment}],
    });
    let text = "from(bucket: \"lamp\") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)";
    let request = QueryRequest { extern_ast: Some(ast), ..request_of(&house, text) };
    assert_eq!(run(&house, request).await, "1");
    let request = QueryRequest { extern_ast: Some(serde_json::json!({})), ..request_of(&house, text) };
    let error = house.engine.query(request).await.map(drop).unwrap_err();
    assert!(error.message.starts_with("compilation failed: extern json parse error"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_answer_ends_its_query() {
    let house = House::new().await;
    let lines: String = (0..20_000).map(|n| format!("g,site={} v={n} {}\n", n % 50, T0 + n)).collect();
    house.write(&lines).await;
    let text = "from(bucket: \"lamp\") |> range(start: 0) |> sort(columns: [\"_value\"])";
    for _ in 0..5 {
        let mut answer = house.engine.query(request_of(&house, text)).await.unwrap();
        assert!(answer.next().await.is_some());
        drop(answer);
        drop(house.engine.query(request_of(&house, text)));
    }
    assert_eq!(run(&house, request_of(&house, text)).await, "20000");
    house.engine.close().await.unwrap();
}

#[tokio::test]
async fn sample_sets_answer_without_a_network() {
    let house = House::new().await;
    for set in ["airSensor", "birdMigration", "bitcoin", "machineProduction", "noaa", "noaaWater", "usgs"] {
        let text = format!(
            "import \"influxdata/influxdb/sample\"\n\
             sample.data(set: \"{set}\") |> sample.alignToNow() |> keep(columns: [\"_time\"]) |> group() |> sort(columns: [\"_time\"]) |> last(column: \"_time\") \
             |> filter(fn: (r) => r._time == now())"
        );
        assert_eq!(run(&house, request_of(&house, &text)).await, "1", "{set}");
    }
    let unknown = request_of(&house, "import \"influxdata/influxdb/sample\"\nsample.data(set: \"tides\")");
    let error = house.engine.query(unknown).await.map(drop).unwrap_err();
    assert!(error.message.contains("Invalid sample data set"), "{error}");
}
