//! The commands of `tide` from end to end: against a served folder, a folder without a server, and what goes wrong.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use crate::served::{BUCKET, ORG, PASSWORD, Served, TOKEN, USER};
use crate::tide::Tide;

const WIDE: &str = "range(start: 2000-01-01T00:00:00Z, stop: 2100-01-01T00:00:00Z)";

/// A served folder that `tide setup` set up, and the user who did it.
struct World {
    served: Served,
    user: Tide,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir(&home).unwrap();
        let served = Served::start(&folder.path().join("data"), &[]);
        let user = Tide::at(&home);
        let said = user
            .run(&[
                "setup",
                "--host",
                &served.url,
                "-u",
                USER,
                "-p",
                PASSWORD,
                "-o",
                ORG,
                "-b",
                BUCKET,
                "-t",
                TOKEN,
                "--force",
            ])
            .well();
        assert!(said.contains(BUCKET) && !said.contains(TOKEN), "{said}");
        Self { served, user, folder }
    }

    fn well(&self, arguments: &[&str]) -> String {
        self.user.run(arguments).well()
    }

    /// The single number that a query gives.
    fn number(&self, pipeline: &str) -> String {
        let script =
            format!(r#"from(bucket: "{BUCKET}") |> {WIDE} {pipeline} |> group() |> keep(columns: ["_value"])"#);
        let csv = self.well(&["query", "--raw", &script]);
        csv.trim_end().rsplit(',').next().unwrap_or_default().to_owned()
    }

    /// The objects that a command lists.
    /// The list, or the single object, that a command prints as JSON.
    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let said = self.well(&[arguments, &["--json"]].concat());
        match serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}")) {
            Value::Array(list) => list,
            object => vec![object],
        }
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap_or_else(|| panic!("no {key} in {object}"))
}

#[test]
fn setup_ping_write_query_delete() {
    let world = World::new();
    assert_eq!(world.well(&["ping"]), "OK\n");
    assert_eq!(world.well(&["write", "--bucket", BUCKET, "room,floor=2 temp=21.5,hum=40i 1704067200000000000"]), "");
    assert_eq!(
        world.well(&[
            "write",
            "-b",
            BUCKET,
            "-p",
            "s",
            "room,floor=3 temp=22.5 1704067201",
            "room,floor=3 temp=23.5 1704067202"
        ]),
        ""
    );
    let lines =
        b"room,floor=4 temp=24.5 1704067203000\n# a comment\n\nroom,floor=4 text=\"two\nlines\" 1704067204000\n";
    assert_eq!(world.user.run_with(&["write", "-b", BUCKET, "-p", "ms", "-"], lines).well(), "");
    assert_eq!(world.number(r#"|> filter(fn: (r) => r._field == "temp") |> group() |> sum()"#), "92");

    let table = world.well(&[
        "query",
        &format!(r#"from(bucket: "{BUCKET}") |> {WIDE} |> filter(fn: (r) => r._field == "temp") |> last()"#),
    ]);
    assert!(table.contains("_measurement=room") && table.contains("floor=2") && table.contains("24.5 |"), "{table}");
    assert!(!table.contains('\u{1b}'), "no colours outside of a terminal: {table:?}");

    let predicate = r#"_measurement="room" AND floor="3""#;
    let delete =
        ["delete", "-b", BUCKET, "--start", "2024-01-01T00:00:00Z", "--stop", "2024-02-01T00:00:00Z", "-p", predicate];
    assert_eq!(world.well(&delete), "");
    assert_eq!(world.number(r#"|> filter(fn: (r) => r._field == "temp") |> group() |> sum()"#), "46");
    let refused =
        world.user.run(&["delete", "-b", BUCKET, "--start", "yesterday", "--stop", "2024-02-01T00:00:00Z"]).failed(1);
    assert!(refused.contains("400 Bad Request: invalid:"), "{refused}");
}

#[test]
fn files_are_written_in_requests_that_end_with_a_line() {
    let world = World::new();
    let home = world.folder.path().join("home");
    let mut lines = String::new();
    for n in 0..40_000 {
        lines.push_str(&format!(
            "big,half={} n={n}i,s=\"one\ntwo {n}\" {}\n",
            n % 2,
            1_704_067_200_000_000_000_i64 + n
        ));
    }
    std::fs::write(home.join("big.lp"), &lines).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(lines.replace("big,", "packed,").as_bytes()).unwrap();
    std::fs::write(home.join("big.lp.gz"), packed.finish().unwrap()).unwrap();
    assert!(lines.len() > 1_500_000, "{} bytes are no two requests", lines.len());
    assert_eq!(world.well(&["write", "-b", BUCKET, "-f", "big.lp", "--file", "big.lp.gz"]), "");
    for measurement in ["big", "packed"] {
        let of = |field: &str| {
            format!(r#"|> filter(fn: (r) => r._measurement == "{measurement}" and r._field == "{field}") |> group()"#)
        };
        assert_eq!(world.number(&(of("n") + " |> sum()")), (0..40_000_i64).sum::<i64>().to_string());
        assert_eq!(world.number(&(of("s") + " |> count()")), "40000");
    }
    lines.push_str("not a line");
    std::fs::write(home.join("bad.lp"), &lines).unwrap();
    let told = world.user.run(&["write", "-b", BUCKET, "-f", "bad.lp"]).failed(1);
    assert!(told.contains("which are stored") && told.contains("unable to parse 'not a line'"), "{told}");
    let told = world.user.run(&["write", "-b", BUCKET, "-f", "missing.lp"]).failed(1);
    assert!(told.contains("failed to open \"missing.lp\""), "{told}");
}

#[test]
fn buckets_and_organizations() {
    let world = World::new();
    let made = &world.json(&["bucket", "create", "-n", "short", "-r", "7d", "-d", "a week"])[0];
    assert_eq!(made["retentionRules"][0]["everySeconds"], 604_800);
    let id = text(made, "id");
    let list = world.well(&["bucket", "list"]);
    assert!(
        list.contains("short")
            && list.contains("168h0m0s")
            && list.contains("infinite")
            && list.contains("_monitoring"),
        "{list}"
    );
    assert_eq!(world.json(&["bucket", "ls", "-n", "short"]).len(), 1);
    assert_eq!(text(&world.json(&["bucket", "update", "-i", id, "-n", "longer", "-r", "0"])[0], "name"), "longer");
    let told = world.user.run(&["bucket", "create", "-n", "longer"]).failed(1);
    assert!(told.contains("422") && told.contains("longer"), "{told}");
    let told = world.user.run(&["bucket", "create", "-n", "x", "-r", "1mo"]).failed(1);
    assert!(told.contains("\"1mo\"") && told.contains("30d"), "{told}");
    world.well(&["bucket", "delete", "-n", "longer"]);
    let told = world.user.run(&["bucket", "delete", "-n", "longer"]).failed(1);
    assert!(told.contains("longer") && told.contains("not found"), "{told}");

    let org = &world.json(&["org", "create", "-n", "second"]);
    let said = world.well(&["org", "list", "--hide-headers"]);
    assert!(said.contains("second") && !said.contains("Name"), "{said}");
    let id = if let Some(list) = org.first() { text(list, "id").to_owned() } else { panic!("{org:?}") };
    world.well(&["org", "update", "-i", &id, "-n", "renamed"]);
    assert_eq!(world.json(&["org", "find", "-n", "renamed"]).len(), 1);
    let told = world.well(&["org", "delete", "-i", &id]);
    assert_eq!(told, format!("ID\t\t\tName\tDeleted\n{id}\trenamed\ttrue\n"));
    assert!(world.user.run(&["org", "list", "-n", "renamed"]).failed(1).contains("not found"));
}

#[test]
fn tokens() {
    let world = World::new();
    let bucket = text(&world.json(&["bucket", "list", "-n", BUCKET])[0], "id").to_owned();
    let made = &world.json(&["auth", "create", "--read-bucket", &bucket, "-d", "reader"])[0];
    let (id, token) = (text(made, "id"), text(made, "token"));
    world.well(&["write", "-b", BUCKET, "m v=1 1704067200000000000"]);
    let script = format!(r#"from(bucket: "{BUCKET}") |> {WIDE}"#);
    assert!(world.well(&["query", "-t", token, &script]).contains("_measurement=m"));
    assert!(world.user.run(&["write", "-t", token, "-b", BUCKET, "m v=2"]).failed(1).contains("403"));
    let list = world.well(&["auth", "list"]);
    assert!(list.contains("reader") && !list.contains(token), "{list}");
    assert_eq!(text(&world.json(&["auth", "inactive", "-i", id])[0], "status"), "inactive");
    assert_eq!(world.user.run(&["query", "-t", token, &script]).status, 1);
    assert_eq!(text(&world.json(&["auth", "active", "-i", id])[0], "status"), "active");
    world.well(&["auth", "delete", "-i", id]);
    assert!(world.user.run(&["query", "-t", token, &script]).failed(1).contains("401"));

    // A token that the server does not know is kept as it is; the profile says who asks.
    let old = "token-of-the-server-before==";
    let kept = &world.json(&["auth", "create", "--all-access", "--token", old, "-d", "old"])[0];
    assert_eq!(text(kept, "token"), old);
    assert!(world.well(&["query", "-t", old, &script]).contains("_measurement=m"));
    assert_eq!(world.well(&["write", "-t", old, "-b", BUCKET, "m v=3"]), "");
    // One that it knows says who asks.
    let third = &world.json(&["auth", "create", "--read-buckets", "--token", TOKEN])[0];
    assert!(!["", TOKEN, old].contains(&text(third, "token")), "{third}");
    assert!(world.user.run(&["auth", "create"]).failed(1).contains("--all-access"));
    let stranger = Tide::at(world.folder.path());
    let told = stranger
        .run(&["auth", "create", "--host", &world.served.url, "-o", ORG, "--operator", "-t", "unknown"])
        .failed(1);
    assert!(told.contains("INFLUX_TOKEN"), "{told}");
}

#[test]
fn the_people_of_an_organization() {
    let world = World::new();
    let anna = &world.json(&["user", "create", "-n", "anna"])[0];
    let anna = text(anna, "id");
    let org = text(&world.json(&["org", "list", "-n", ORG])[0], "id").to_owned();
    let roles = || {
        let people = world.json(&["org", "members", "list", "-n", ORG]);
        people.iter().map(|p| format!("{} {}", text(p, "name"), text(p, "role"))).collect::<Vec<_>>()
    };
    assert_eq!(roles(), [format!("{USER} owner"), "anna member".to_owned()]);
    let told = world.well(&["org", "members", "remove", "-n", ORG, "-m", anna]);
    assert_eq!(told, format!("user \"{anna}\" has been removed from org \"{org}\"\n"));
    let told = world.well(&["organization", "members", "add", "-i", &org, "-m", anna, "--owner"]);
    assert_eq!(told, format!("user \"{anna}\" has been added as an owner of org \"{org}\"\n"));
    assert_eq!(roles(), [format!("{USER} owner"), "anna owner".to_owned()]);
    assert!(world.well(&["org", "members", "remove", "-m", anna]).starts_with("owner "));
    let told = world.user.run(&["org", "members", "remove", "-m", anna]).failed(1);
    assert!(told.contains("neither a member nor an owner"), "{told}");
}

#[test]
fn names_and_passwords_of_version_1() {
    let world = World::new();
    let bucket = text(&world.json(&["bucket", "list", "-n", BUCKET])[0], "id").to_owned();
    let create =
        ["v1", "auth", "create", "--username", "telegraf", "--password", "a-good-one", "--write-bucket", &bucket];
    let made = &world.json(&create)[0];
    assert_eq!(text(made, "token"), "telegraf");
    assert!(made["permissions"][0].as_str().unwrap().starts_with("write:orgs/"), "{made}");
    assert!(world.user.run(&create).failed(1).contains("token already exists"));
    let write = |password: &str| {
        let path = format!("/write?db={BUCKET}&u=telegraf&p={password}");
        let request = ureq::http::Request::builder().method("POST").uri(format!("{}{path}", world.served.url));
        crate::served::agent().run(request.body("m v=1 1").unwrap()).unwrap().status().as_u16()
    };
    assert_eq!((write("a-good-one"), write("a-bad-one")), (204, 401));
    world.well(&["v1", "auth", "set-inactive", "--username", "telegraf"]);
    assert_eq!(write("a-good-one"), 401);
    world.well(&["v1", "auth", "set-active", "--id", text(made, "id")]);
    assert_eq!(world.well(&["v1", "auth", "set-password", "--username", "telegraf", "--password", "a-better-one"]), "");
    assert_eq!((write("a-good-one"), write("a-better-one")), (401, 204));
    let listed = world.well(&["v1", "auth", "list", "--hide-headers"]);
    assert!(listed.contains("\ttelegraf\t") && listed.contains("[write:orgs/"), "{listed}");
    let told = world.user.run(&["v1", "auth", "delete"]).failed(2);
    assert!(told.contains("--id") && told.contains("--username"), "{told}");
    let removed = world.well(&["v1", "auth", "delete", "--username", "telegraf"]);
    assert!(removed.contains("Deleted") && removed.contains("true"), "{removed}");
    assert_eq!(write("a-better-one"), 401);
    assert!(world.user.run(&["v1", "auth", "delete", "--username", "telegraf"]).failed(1).contains("telegraf"));
    // A password that is refused leaves no name behind.
    let told =
        world.user.run(&["v1", "auth", "create", "--username", "short", "--password", "x", "--read-bucket", &bucket]);
    assert!(told.failed(1).contains("between 8 and 72"));
    assert_eq!(world.json(&["v1", "auth", "list"]).len(), 0);
    let told = world.user.run(&["v1", "auth", "create", "--username", "x", "--no-password", "--read-bucket", BUCKET]);
    assert!(told.failed(1).contains("named by its ID"));
}

#[test]
fn profiles() {
    let world = World::new();
    let create = ["config", "create", "-n", "away", "-u", "http://127.0.0.1:1", "-t", "x", "-o", "elsewhere"];
    assert!(world.well(&create).contains("away"));
    assert_eq!(world.well(&["ping"]), "OK\n");
    assert!(world.user.run(&["ping", "-c", "away"]).failed(1).contains("http://127.0.0.1:1"));
    assert!(world.well(&["config", "away"]).contains('*'));
    assert!(world.user.run(&["ping"]).failed(1).contains("cannot reach http://127.0.0.1:1"));
    world.well(&["config", "set", "-n", "away", "-u", &world.served.url]);
    assert_eq!(world.well(&["ping"]), "OK\n");
    let told = world.user.run(&["ping", "--active-config", "nowhere"]).failed(1);
    assert!(told.contains("there is no profile \"nowhere\"") && told.contains("tide config list"), "{told}");
    world.well(&["config", "-"]);
    assert!(world.well(&["config", "list"]).lines().any(|line| line.starts_with('*') && line.contains("default")));
    assert!(world.well(&["config", "rm", "away"]).contains("Deleted"));
    assert!(!world.well(&["config", "list"]).contains("away"));
    // A name and a password instead of a token: each command signs in.
    let pair = format!("{USER}:{PASSWORD}");
    let create = ["config", "create", "-n", "by-name", "-u", &world.served.url, "-o", ORG, "-p"];
    world.well(&[&create[..], &[&pair]].concat());
    assert!(world.well(&["query", "-c", "by-name", "buckets()"]).contains(BUCKET));
    assert!(world.well(&["bucket", "create", "-c", "by-name", "-n", "mine"]).contains("mine"));
    world.well(&["config", "set", "-n", "by-name", "-p", "nobody:nothing-right"]);
    assert!(world.user.run(&["query", "-c", "by-name", "buckets()"]).failed(1).contains("401"));
    assert!(world.user.run(&["config", "set", "-n", "by-name", "-p", "x"]).failed(1).contains("NAME:PASSWORD"));
    let told = world.user.run(&["config", "set", "-n", "by-name", "-p", &pair, "-t", "x"]).failed(1);
    assert!(told.contains("not both"), "{told}");
    let path = world.folder.path().join("home/.influxdbv2/configs");
    assert!(std::fs::read_to_string(&path).unwrap().contains(&format!("token = \"{TOKEN}\"")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "tokens are for their owner");
    }
    std::fs::write(&path, "[default\nurl=").unwrap();
    assert!(world.user.run(&["ping"]).failed(1).contains("is no file of profiles"));

    // Variables as influx has them, without any profile.
    let user = Tide::at(world.folder.path()).with("INFLUX_HOST", &world.served.url).with("INFLUX_TOKEN", TOKEN);
    let user = user.with("INFLUX_ORG", ORG).with("INFLUX_BUCKET_NAME", BUCKET);
    assert_eq!(user.run(&["write", "m v=1"]).well(), "");
    assert!(user.run(&["query", "buckets()"]).well().contains(BUCKET));
}

#[test]
fn a_folder_without_a_server() {
    let world = World::new();
    world.well(&["write", "-b", BUCKET, "m,t=a v=1 1704067200000000000"]);
    let data = world.data();
    let script = format!(r#"from(bucket: "{BUCKET}") |> {WIDE} |> keep(columns: ["_value"])"#);
    // Beside the server reading works, writing does not.
    let beside = ["query", "--raw", "--data-dir", data.to_str().unwrap(), &script];
    assert!(world.well(&beside).contains(",,0,1\r\n"));
    let told = world.user.run(&["write", "--data-dir", data.to_str().unwrap(), "-b", BUCKET, "m v=2"]).failed(1);
    assert!(told.contains("is in use by another process"), "{told}");
    assert!(told.contains(&world.served.process().to_string()), "the process is named: {told}");

    // A copy stands for itself.
    let copy = world.folder.path().join("copy");
    copy_folder(&data, &copy);
    let copy = copy.to_str().unwrap();
    assert_eq!(world.well(&["write", "--data-dir", copy, "-b", BUCKET, "m,t=a v=2 1704067201000000000"]), "");
    let answer = world.well(&["query", "--raw", "--data-dir", copy, &script]);
    assert!(answer.contains(",,0,1\r\n,,0,2\r\n"), "{answer}");
    assert!(!world.well(&beside).contains(",,0,2\r\n"), "the copy is another folder");
    let told = world.user.run(&["write", "--data-dir", copy, "-b", "nothing", "m v=2"]).failed(1);
    assert!(told.contains("bucket \"nothing\" not found"), "{told}");
    let told = world.user.run(&["query", "--data-dir", "nowhere", "buckets()"]).failed(1);
    assert!(told.contains("nowhere is no data folder"), "{told}");
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        let target = to.join(entry.file_name());
        if kind.is_dir() {
            copy_folder(&entry.path(), &target);
        } else if kind.is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_server_says_why_it_does_not_begin() {
    let world = World::new();
    let address = world.served.url.strip_prefix("http://").unwrap();
    let other = world.folder.path().join("other");
    let other = other.to_str().unwrap();
    let told = world.user.run(&["serve", "--http-bind-address", address, "--data-dir", other]).failed(1);
    assert!(told.contains(&format!("{address} is in use")) && told.contains("--http-bind-address"), "{told}");
    let data = world.data();
    let free = "127.0.0.1:0";
    let told = world.user.run(&["serve", "--http-bind-address", free, "--data-dir", data.to_str().unwrap()]).failed(1);
    assert!(told.contains("is in use by another process"), "{told}");
    let file = world.folder.path().join("a-file");
    std::fs::write(&file, "x").unwrap();
    let told = world.user.run(&["serve", "--http-bind-address", free, "--data-dir", file.to_str().unwrap()]).failed(1);
    assert!(told.contains("a-file"), "{told}");
    let told = world.user.run(&["serve", "--http-bind-address", "nonsense", "--data-dir", other]).failed(1);
    assert!(told.contains("nonsense"), "{told}");
    let told = world.user.run(&["serve", "--memory-limit", "much", "--data-dir", other]).failed(1);
    assert!(told.contains("--memory-limit") && told.contains("512MB"), "{told}");
    let told = world.user.run(&["serve", "--log-level", "loud", "--data-dir", other]).failed(1);
    assert!(told.contains("debug, info, warn or error"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_told() {
    // The kernel's own read-only folder: permissions do not stop the superuser, who may run the tests.
    let home = tempfile::tempdir().unwrap();
    let told = Tide::at(home.path())
        .run(&["serve", "--http-bind-address", "127.0.0.1:0", "--data-dir", "/proc/tide"])
        .failed(1);
    assert!(told.contains("cannot open the data folder /proc/tide"), "{told}");
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    let user = Tide::at(home.path());
    let told = user.run(&["serve", "--bolt-path", "/x"]).failed(2);
    assert!(told.contains("--bolt-path") && told.contains("--data-dir"), "{told}");
    let told = user.run(&["serve", "--data-dirr", "/x"]).failed(2);
    assert!(told.contains("--data-dirr") && told.contains("'--data-dir'"), "{told}");
    assert!(user.run(&["qwery", "buckets()"]).failed(2).contains("'query'"));
    let told = user.run(&["query", "--host", "not a host", "buckets()", "-o", "x"]).failed(1);
    assert!(told.contains("not a host"), "{told}");
    let told = Tide::at(home.path()).with("INFLUXD_TLS_CERT", "x").run(&["serve"]).failed(1);
    assert!(told.contains("INFLUXD_TLS_CERT"), "{told}");
    std::fs::write(home.path().join("tide.toml"), "engine-path = \"/x\"\n").unwrap();
    let told = user.run(&["serve", "--config", "tide.toml"]).failed(1);
    assert!(told.contains("tide.toml") && told.contains("engine-path"), "{told}");
    std::fs::write(home.path().join("tide.toml"), "data-dri = \"/x\"\n").unwrap();
    let told = user.run(&["serve", "--config", "tide.toml"]).failed(1);
    assert!(told.contains("data-dri") && told.contains("data-dir"), "{told}");
    let help = user.run(&["--help"]).well();
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
        "config",
        "ping",
        "inspect",
        "compact",
        "verify",
        "completions",
        "man",
        "tour",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is not in\n{help}");
    }
    assert!(user.run(&["--version"]).well().starts_with("tide 0."));
}

#[test]
fn flags_come_from_the_file_and_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tide.toml");
    std::fs::write(&config, "memory-limit = \"100MB\"\nlog-level = \"debug\"\nstorage-wal-fsync-delay = \"5ms\"\n")
        .unwrap();
    let served =
        Served::start(&folder.path().join("data"), &["--config", config.to_str().unwrap(), "--log-level", "error"]);
    served.set_up();
    served.write("m v=1");
    assert_eq!(served.logged(), "", "the flag wins over the file");
    let begun = Instant::now();
    assert!(served.stop().success());
    assert!(begun.elapsed().as_secs_f64() < 5.0, "it took {:?} to stop", begun.elapsed());
}

#[test]
fn a_query_that_fails_is_told() {
    let world = World::new();
    let told = world.user.run(&["query", "from(bucket: \"nothing\") |> range(start: -1h)"]).failed(1);
    assert!(told.contains("404") && told.contains("nothing"), "{told}");
    let told = world.user.run(&["query", "from(bukket: \"x\")"]).failed(1);
    assert!(told.contains("bukket"), "{told}");
    assert_eq!(world.user.run(&["query", "--data-dir", world.data().to_str().unwrap(), "nonsense("]).status, 1);
    let told = world.user.run(&["query", "-f", "x.flux", "buckets()"]).failed(1);
    assert!(told.contains("not both"), "{told}");
    let script = world.folder.path().join("home/b.flux");
    std::fs::write(&script, "buckets()").unwrap();
    assert!(world.well(&["query", "-f", "b.flux"]).contains(BUCKET));
    assert!(world.user.run_with(&["query", "-"], b"buckets()").well().contains(BUCKET));
}
