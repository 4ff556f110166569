//! CSV through `tide write`: the recorded cases of `tests/oracle/csv_write` with the real binary, and what they do not ask.

use std::io::Write as _;

use crate::python::{closing, root, run, system};
use crate::served::{BUCKET, ORG, Served, TOKEN, column};
use crate::tide::Tide;

/// Share of the cases that must agree, in percent.
const REQUIRED_PERCENT: usize = 97;

/// Annotated CSV of the tutorial's shape, with two cells that are no numbers.
const CASES: &str = "#datatype measurement,ignored,tag,tag,long,time,ignored
school,district,name,city,value,time,comment
cases,1,High School,Greenwich,7,2021-01-04T00:00:00Z,x
cases,1,Eastern,Greenwich,<6,2021-01-04T00:00:00Z,x
cases,2,Bulkeley,Hartford,12,2021-01-11T00:00:00Z,
cases,2,Bulkeley,Hartford,12,soon,
";

#[test]
fn recorded_cases() {
    let Some(python) = system() else { return };
    let folder = root().join("tests/oracle/csv_write");
    let names = std::fs::read_dir(folder).unwrap();
    let cases = names.filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().ends_with(".args")).count();
    assert!(cases >= 80, "{cases} cases");
    let cli = format!("'{}' write dryrun", env!("CARGO_BIN_EXE_tide"));
    let said = run(&python, "tests/oracle/csv_write_oracle.py", &["check", "--list", "--cli", &cli]);
    let (passed, failed) = closing(&said);
    assert_eq!(passed + failed, cases);
    assert!(passed * 100 >= cases * REQUIRED_PERCENT, "{passed} of {cases}");
    let same = said.lines().find_map(|l| l.strip_prefix("standard error identical: ")).unwrap();
    let same: usize = same.split(' ').next().unwrap().parse().unwrap();
    assert!(same * 100 >= cases * REQUIRED_PERCENT, "standard error is the same in {same} of {cases}");
}

struct World {
    served: Served,
    user: Tide,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(&folder.path().join("data"), &[]);
        served.set_up();
        let user = Tide::at(folder.path()).with("INFLUX_HOST", &served.url).with("INFLUX_TOKEN", TOKEN);
        Self { served, user: user.with("INFLUX_ORG", ORG).with("INFLUX_BUCKET_NAME", BUCKET), folder }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn values(&self, measurement: &str) -> Vec<String> {
        let script = format!(
            r#"from(bucket: "{BUCKET}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "{measurement}") |> group() |> sort(columns: ["_value"])"#
        );
        column(&self.served.ask(&script).text, "_value")
    }
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_tutorials_import() {
    let world = World::new();
    let file = world.file("cases.csv", CASES.as_bytes());
    let dry = ["write", "dryrun", "--org", "Kodegeek", "--format", "csv", "--bucket", "covid19", "--file", &file];
    let said = world.user.run(&dry);
    assert_eq!(
        said.out,
        "Kodegeek\ncases,city=Greenwich,name=High\\ School value=7i 1609718400000000000\n\
         cases,city=Hartford,name=Bulkeley value=12i 1610323200000000000\n"
    );
    assert_eq!((said.status, said.err.lines().count()), (0, 2), "{}", said.err);
    assert_eq!(world.values("cases"), Vec::<String>::new(), "a dry run writes nothing");

    let said = world.user.run(&["write", "--format", "csv", "--file", &file, "--errors-file", "rejected.csv"]);
    assert_eq!((said.status, said.out.as_str()), (0, ""), "{}", said.err);
    assert!(
        said.err.ends_with("\n2 rows were skipped\n") && said.err.contains("line 4: column 'value'"),
        "{}",
        said.err
    );
    assert_eq!(world.values("cases"), ["7", "12"]);
    let rejected = std::fs::read_to_string(world.folder.path().join("rejected.csv")).unwrap();
    assert!(rejected.contains("\ncases,1,Eastern,Greenwich,<6,2021-01-04T00:00:00Z,x\n"), "{rejected}");
}

#[test]
fn an_answer_is_written_back() {
    let world = World::new();
    assert_eq!(world.user.run(&["write", "m,t=a\\ b v=1.5,n=2i,s=\"x y\" 1700000000000000000"]).well(), "");
    let script = format!(r#"from(bucket: "{BUCKET}") |> range(start: 0)"#);
    let answer = world.user.run(&["query", "--raw", &script]).well();
    let file = world.file("answer.csv", answer.as_bytes());
    let lines = world.user.run(&["write", "dryrun", "--file", &file]).well();
    let mut lines: Vec<&str> = lines.lines().skip(1).collect();
    lines.sort_unstable();
    let time = "1700000000000000000";
    assert_eq!(
        lines,
        [format!("m,t=a\\ b n=2i {time}"), format!("m,t=a\\ b s=\"x y\" {time}"), format!("m,t=a\\ b v=1.5 {time}")]
    );
}

#[test]
fn packed_fetched_and_throttled() {
    let world = World::new();
    let header = ["--header", "#constant measurement,p", "--header", "#datatype double,dateTime:2006-01-02"];
    let plain = "v,t\n1,2024-01-01\n2,2024-01-02\n";
    let file = world.file("plain.csv.gz", &packed(plain));
    assert_eq!(world.user.run(&[&["write", "--file", &file], header.as_slice()].concat()).well(), "");
    assert_eq!(world.values("p"), ["1", "2"]);
    let unpacked = [&["write", "--compression", "none", "--file", &file], header.as_slice()].concat();
    assert_eq!(world.user.run(&unpacked).status, 0, "packed bytes are no header, but text");

    let told = world.user.run(&["write", "--compression", "gzip", "m v=1"]).failed(1);
    assert!(told.contains("failed to decompress arg 0: gzip: invalid header"), "{told}");
    let told = world.user.run(&["write", "--url", "https://127.0.0.1:1/x.csv"]).failed(1);
    assert!(told.contains("only http://") && told.contains("curl"), "{told}");
    let told = world.user.run(&["write", "--url", &format!("{}/nowhere.csv", world.served.url)]).failed(1);
    assert!(told.contains("status_code=404"), "{told}");
    let told = world.user.run(&["write", "--rate-limit", "much", "m v=1"]).failed(1);
    assert!(told.contains("invalid rate limit \"much\""), "{told}");
    let told = world.user.run(&["write", "--format", "xml", "m v=1"]).failed(2);
    assert!(told.contains("lp, csv, parquet, arrow"), "{told}");

    let begun = std::time::Instant::now();
    assert_eq!(
        world.user.run(&["write", "--rate-limit", "100 B/s", "slow text=\"0123456789 0123456789 0123\" 1"]).well(),
        ""
    );
    assert!(begun.elapsed().as_secs_f64() >= 0.4, "{:?}", begun.elapsed());
    let told = world.user.run(&[
        "write",
        "--max-line-length",
        "20",
        "--format",
        "csv",
        "m|measurement,s|string\nx,y\nx,0123456789012345",
    ]);
    assert!(told.err.contains("batcher: line too long") && told.status == 1, "{told:?}");
}

#[test]
fn what_was_read_before_a_mistake_is_stored() {
    let world = World::new();
    let file = world.file("broken.csv", b"m|measurement,v|long\nx,1\nx,\"2\n");
    let told = world.user.run(&["write", "--file", &file]).failed(1);
    assert!(
        told.contains("record on line 3; parse error") && told.contains("bytes of lines, which are stored"),
        "{told}"
    );
    assert_eq!(world.values("x"), ["1"]);
    let said = world.user.run_with(&["write", "--skipRowOnError", "-"], b"y v=1i 1\nno point\ny v=2i 2\n");
    assert_eq!(said.status, 0);
    assert!(said.err.contains("invalid point on line 2:") && said.err.ends_with("1 row was skipped\n"), "{}", said.err);
    assert_eq!(world.values("y"), ["1", "2"]);
}
