//! Points out into files and back in: `query --format`, `export`, `import`, Parquet and Arrow through `write`; and the commands that look after a folder.

use std::path::PathBuf;

use serde_json::Value;

use crate::served::{BUCKET, ORG, Served, TOKEN, column};
use crate::tide::Tide;

const LINES: &str = "room,floor=2,name=living\\ room temp=21.5,hum=40i,open=false,note=\"a \\\"b\\\", c\" 1704067200000000000\n\
room,floor=2,name=living\\ room temp=22 1704067260000000001\n\
room,floor=3 temp=-1.25,big=18446744073709551615u 1704067200000000000\n\
power/plant,block=B load=7i 1704067200000000000\n";

struct World {
    served: Option<Served>,
    user: Tide,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(&folder.path().join("data"), &[]);
        served.set_up();
        let user = Tide::at(folder.path()).with("INFLUX_HOST", &served.url).with("INFLUX_TOKEN", TOKEN);
        Self { served: Some(served), user: user.with("INFLUX_ORG", ORG), folder }
    }

    fn well(&self, arguments: &[&str]) -> String {
        self.user.run(arguments).well()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Every point of a bucket as lines, in order.
    fn lines(&self, bucket: &str) -> Vec<String> {
        let text = self.well(&["export", "--bucket", bucket]);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    fn bucket(&self, name: &str) {
        self.well(&["bucket", "create", "-n", name]);
    }
}

#[test]
fn a_bucket_goes_out_and_comes_back() {
    let world = World::new();
    assert_eq!(world.user.run_with(&["write", "-b", BUCKET, "-"], LINES.as_bytes()).well(), "");
    let all = world.lines(BUCKET);
    assert_eq!(all.len(), 8, "a line a field: {all:#?}");
    assert!(
        all.contains(&r#"room,floor=2,name=living\ room note="a \"b\", c" 1704067200000000000"#.to_owned()),
        "{all:#?}"
    );
    assert!(all.contains(&"room,floor=3 big=18446744073709551615u 1704067200000000000".to_owned()));

    for (name, format) in [("all.lp.gz", "lp"), ("all.csv", "csv"), ("folder", "parquet")] {
        world.bucket(name);
        world.well(&["export", "--bucket", BUCKET, "--format", format, "--output", name]);
        let said = world.well(&["import", "--bucket", name, name]);
        assert!(said.contains("imported"), "{said}");
        assert_eq!(world.lines(name), all, "through {format}");
    }
    assert!(world.path("folder/room.parquet").exists() && world.path("folder/power%2Fplant.parquet").exists());

    let some =
        world.well(&["export", "-b", BUCKET, "--start", "2024-01-01T00:00:30Z", "--stop", "2024-01-02T00:00:00Z"]);
    assert_eq!(some, "room,floor=2,name=living\\ room temp=22 1704067260000000001\n");
    let told = world.user.run(&["export", "-b", BUCKET, "--start", "0) |> yield("]).failed(1);
    assert!(told.contains("is no time"), "{told}");
    let told = world.user.run(&["export", "-b", "nothing"]).failed(1);
    assert!(told.contains("nothing"), "{told}");
    let told = world.user.run(&["import", "-b", BUCKET, "x.xlsx"]).failed(1);
    assert!(told.contains("x.xlsx") && told.contains(".parquet"), "{told}");
}

#[test]
fn answers_in_every_form() {
    let world = World::new();
    world.user.run_with(&["write", "-b", BUCKET, "-"], LINES.as_bytes()).well();
    let script = format!(
        r#"from(bucket: "{BUCKET}") |> range(start: 0) |> filter(fn: (r) => r._field == "temp") |> drop(columns: ["_start", "_stop"])"#
    );
    let ask = |format: &str| world.well(&["query", "--format", format, &script]);
    assert!(ask("table").contains("_measurement=room"));
    assert!(ask("csv").starts_with("#group,false,false,"));
    assert_eq!(world.well(&["query", "--raw", &script]), ask("csv"));
    let rows: Vec<Value> = serde_json::from_str(&ask("json")).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(world.well(&["query", "--json", &script]), ask("json"));
    let of_lines: Vec<Value> = ask("jsonl").lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(of_lines, rows);
    let living = rows.iter().find(|r| r["_time"] == "2024-01-01T00:00:00Z" && r["floor"] == "2").unwrap();
    assert_eq!((living["_value"].as_f64(), living["name"].as_str()), (Some(21.5), Some("living room")));
    let mut lines: Vec<String> = ask("lp").lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines[2], "room,floor=3 temp=-1.25 1704067200000000000");
    let chart = ask("chart");
    assert!(
        chart.contains("_result: _field=temp") && chart.contains("21.5 |") && chart.contains("2024-01-01T00:00:00Z"),
        "{chart}"
    );

    let mixed = format!(r#"from(bucket: "{BUCKET}") |> range(start: 0)"#);
    let told = world.user.run(&["query", "--format", "parquet", "--output", "x", &mixed]).failed(1);
    assert!(told.contains("column _value is") && told.contains("pivot"), "{told}");
    let told = world
        .user
        .run(&["query", "--format", "lp", &format!("{script} |> drop(columns: [\"_measurement\"])")])
        .failed(1);
    assert!(told.contains("_measurement, _field, _value and _time"), "{told}");
    let told = world.user.run(&["query", "--format", "chart", "buckets()"]).failed(1);
    assert!(told.contains("nothing to draw"), "{told}");
}

#[test]
fn columns_are_written() {
    let world = World::new();
    world.user.run_with(&["write", "-b", BUCKET, "-"], LINES.as_bytes()).well();
    let script = format!(
        r#"from(bucket: "{BUCKET}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "room") |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> group(columns: ["_measurement", "floor", "name"])"#
    );
    let room: Vec<String> = world.lines(BUCKET).into_iter().filter(|l| l.starts_with("room")).collect();
    for format in ["parquet", "arrow"] {
        let file = format!("room.{format}");
        world.bucket(format);
        world.well(&["query", "--format", format, "--output", &file, &script]);
        assert_eq!(world.well(&["write", "-b", format, "--file", &file]), "");
        assert_eq!(world.lines(format), room, "{format}");
        let dry = world.well(&["write", "dryrun", "--file", &file]);
        assert!(dry.contains("\nroom,floor=3 ") && dry.contains("temp=-1.25"), "{dry}");
        let dry = world.well(&["write", "dryrun", "--measurement", "other", "--tag", "floor", "--file", &file]);
        assert!(dry.contains("\nroom,floor=3 "), "the file's own column says the measurement: {dry}");
    }
    let told = world.user.run(&["write", "-b", BUCKET, "--file", "room.parquet", "--tag", "nowhere"]).failed(1);
    assert!(told.contains("nowhere") && told.contains("floor"), "{told}");
    std::fs::write(world.path("no.parquet"), "text").unwrap();
    let told = world.user.run(&["write", "-b", BUCKET, "--file", "no.parquet"]).failed(1);
    assert!(told.contains("no.parquet is no file of this format"), "{told}");
    let told = world.user.run(&["write", "-b", BUCKET, "--format", "arrow", "m v=1"]).failed(1);
    assert!(told.contains("give --file"), "{told}");
}

#[test]
fn a_folder_is_looked_after() {
    let mut world = World::new();
    world.user.run_with(&["write", "-b", BUCKET, "-"], LINES.as_bytes()).well();
    // Beside the server: what is in memory is seen.
    let found: Vec<Value> = serde_json::from_str(&world.well(&["inspect", "--data-dir", "data", "--json"])).unwrap();
    let bucket = found.iter().find(|b| b["bucket"] == BUCKET).unwrap();
    assert_eq!((bucket["org"].as_str(), bucket["partitionCount"].as_u64()), (Some(ORG), Some(0)), "{bucket}");
    let room = &bucket["measurements"].as_array().unwrap()[1];
    assert_eq!(
        (room["measurement"].as_str(), room["series"].as_u64(), room["rows"].as_u64()),
        (Some("room"), Some(2), Some(3))
    );
    assert!(world.well(&["verify", "--data-dir", "data"]).contains("all well"));
    let told = world.user.run(&["compact", "--data-dir", "data"]).failed(1);
    assert!(told.contains("is in use by another process"), "{told}");
    // The server that has the folder does it, too; its plan then reads what it sealed.
    let script = format!(r#"from(bucket: "{BUCKET}") |> range(start: 2000-01-01T00:00:00Z) |> sum()"#);
    assert!(world.well(&["query", "--explain", "plan", &script]).contains("result \"_result\""));
    assert!(world.well(&["compact", "--bucket", BUCKET]).starts_with("2 partitions, "));
    let physical = world.well(&["query", "--explain", "physical", &script]);
    assert!(physical.contains("row groups read"), "{physical}");
    let told = world.user.run(&["compact", "--bucket", "nowhere"]).failed(1);
    assert!(told.contains("nowhere"), "{told}");
    let told = world.served.as_ref().unwrap().send("POST", "/api/v2/query/explain?org=x&stage=moon", &[], b"");
    assert!(told.status == 400 && told.text.contains("moon") && told.text.contains("physical"), "{told:?}");

    assert!(world.served.take().unwrap().stop().success());
    assert!(world.well(&["compact", "--data-dir", "data", "--bucket", BUCKET]).starts_with("2 partitions, "));
    let text = world.well(&["inspect", "--data-dir", "data", "--bucket", BUCKET, "-o", ORG]);
    assert!(
        text.contains(&format!("bucket {BUCKET}")) && text.contains("hum:integer") && text.contains("floor name"),
        "{text}"
    );
    let partitions = world.well(&["inspect", "--data-dir", "data", "--partitions"]);
    assert!(partitions.contains("2024-01-01T00:01:00.000000001Z") && partitions.contains("floor:2"), "{partitions}");
    let found: Vec<Value> = serde_json::from_str(&world.well(&["inspect", "--data-dir", "data", "--json"])).unwrap();
    let file =
        found.iter().flat_map(|b| b["measurements"].as_array().unwrap()).find(|m| m["measurement"] == "room").unwrap();
    let file = PathBuf::from(file["partitions"][0]["path"].as_str().unwrap());
    let file = if file.is_absolute() { file } else { world.folder.path().join(file) };

    // The same points, asked of the folder.
    let folder = ["export", "--data-dir", "data", "-b", BUCKET];
    assert_eq!(world.well(&folder).lines().count(), 8);
    // A sealed partition is a file of points by itself.
    let dry = world.well(&["write", "dryrun", "--file", file.to_str().unwrap()]);
    assert!(dry.contains("\nroom,floor=3 ") && dry.contains("1704067260000000001"), "{dry}");

    let whole = std::fs::read(&file).unwrap();
    let damaged = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        world.user.run(&["verify", "--data-dir", "data"])
    };
    for at in [10, whole.len() - 10] {
        let said = damaged(at);
        assert_eq!(said.status, 1, "{said:?}");
        assert!(said.out.starts_with("damaged: ") && said.err.contains("1 of "), "{said:?}");
    }
}

#[test]
fn users_come_and_go() {
    let world = World::new();
    let made = world.well(&["user", "create", "-n", "anna", "-p", "a-good-password", "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let id = made["id"].as_str().unwrap().to_owned();
    let served = world.served.as_ref().unwrap();
    let sign_in = |password: &str| {
        let name = crate::served::agent();
        let answer = name
            .post(format!("{}/api/v2/signin", served.url))
            .header("Authorization", basic("anna", password))
            .send_empty();
        answer.unwrap().status().as_u16()
    };
    assert_eq!((sign_in("a-good-password"), sign_in("another-password")), (204, 401));
    assert!(world.user.run_with(&["user", "password", "-n", "anna"], b"a-better-password\n").well().contains("anna"));
    assert_eq!((sign_in("a-good-password"), sign_in("a-better-password")), (401, 204));
    assert!(world.well(&["user", "update", "-i", &id, "-n", "berta"]).contains("berta"));
    assert!(world.well(&["user", "list"]).contains("berta"));
    let told = world.user.run(&["user", "create", "-n", "berta"]).failed(1);
    assert!(told.contains("422"), "{told}");
    world.well(&["user", "delete", "-i", &id]);
    assert!(!world.well(&["user", "list"]).contains("berta"));
}

#[test]
fn databases_of_version_1() {
    let world = World::new();
    world.bucket("weekly");
    let listed = world.well(&["bucket", "list", "-n", "weekly", "--json"]);
    let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
    let bucket = listed[0]["id"].as_str().unwrap();
    let virtually = world.well(&["v1", "dbrp", "list", "--db", "weekly"]);
    assert!(virtually.contains("autogen") && virtually.contains(bucket), "{virtually}");
    let made =
        world.well(&["v1", "dbrp", "create", "--bucket-id", bucket, "--db", "telegraf", "--rp", "a_week", "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let (id, default) = (made["id"].as_str().unwrap(), made["default"].as_bool());
    assert_eq!(default, Some(true), "the first of a database");
    let served = world.served.as_ref().unwrap();
    for (path, status) in
        [("/write?db=telegraf", 204), ("/write?db=telegraf&rp=a_week", 204), ("/write?db=telegraf&rp=other", 404)]
    {
        assert_eq!(served.send("POST", path, &[], b"cpu v=1 1704067200000000000").status, status, "{path}");
    }
    assert_eq!(world.lines("weekly"), ["cpu v=1 1704067200000000000"]);
    assert!(world.well(&["v1", "dbrp", "update", "--id", id, "--rp", "seven_days"]).contains("seven_days"));
    assert_eq!(served.send("POST", "/write?db=telegraf&rp=a_week", &[], b"cpu v=1").status, 404);
    world.well(&["v1", "dbrp", "delete", "--id", id]);
    assert!(!world.well(&["v1", "dbrp", "list"]).contains("telegraf"));
    let told = world.user.run(&["v1", "dbrp", "delete", "--id", id]).failed(1);
    assert!(told.contains("unable to find DBRP"), "{told}");
}

fn basic(user: &str, password: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = format!("{user}:{password}");
    let mut out = String::from("Basic ");
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[test]
fn the_command_line_describes_itself() {
    let home = tempfile::tempdir().unwrap();
    let user = Tide::at(home.path());
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = user.run(&["completions", shell]).well();
        assert!(script.contains("tide") && script.contains("dryrun"), "{shell}: {script}");
    }
    let bash = home.path().join("tide.bash");
    std::fs::write(&bash, user.run(&["completions", "bash"]).well()).unwrap();
    let read = std::process::Command::new("bash").arg("-n").arg(&bash).status();
    assert!(read.is_ok_and(|s| s.success()), "bash reads the script");
    assert_eq!(user.run(&["man", "pages"]).well(), "");
    let page = std::fs::read_to_string(home.path().join("pages/tide-write.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("skipRowOnError"), "{page}");
    // Every command that does something says how, with an example.
    for command in [
        "serve",
        "setup",
        "write",
        "query",
        "delete",
        "export",
        "import",
        "bucket",
        "org",
        "auth",
        "user",
        "v1",
        "config",
        "inspect",
        "compact",
        "verify",
        "completions",
        "man",
        "tour",
    ] {
        let help = user.run(&[command, "--help"]).well();
        assert!(help.contains("Examples:\n  tide "), "{command}: {help}");
    }
}

#[test]
fn the_log_may_be_json() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&folder.path().join("data"), &["--log-format", "json", "--log-level", "debug"]);
    served.set_up();
    served.write("m v=1");
    assert_eq!(column(&served.ask(&format!(r#"from(bucket: "{BUCKET}") |> range(start: 0)"#)).text, "_value"), ["1"]);
    let log = served.logged();
    assert!(log.contains("\"message\":\"serving\""), "{log}");
    for line in log.lines() {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(object["level"].is_string() && object["timestamp"].is_string(), "{line}");
    }
    assert!(!log.contains(TOKEN), "no secrets in logs");
}
