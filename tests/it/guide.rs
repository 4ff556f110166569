//! The guides, done as they are written: every block of `sh` of a page runs, in order, against a server of its own. Blocks of `sh elsewhere` want another machine
//! (a container, a service manager, a release build) and are left out. And what `packaging/` holds, as far as this machine can tell.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::python;
use crate::served::{DEADLINE, Served, column};

/// A block of code: what it is, and its text.
struct Block {
    kind: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(python::root().join("docs/guide").join(page)).unwrap();
    let mut all = Vec::new();
    for (at, part) in text.split("\n```").enumerate() {
        if at % 2 == 1 {
            let (kind, text) = part.split_once('\n').unwrap();
            all.push(Block { kind: kind.to_owned(), text: format!("{text}\n") });
        }
    }
    assert!(!all.is_empty(), "{page} has no blocks");
    all
}

/// A reader of a page: a home, the binary on the path, a server.
struct Reader {
    home: tempfile::TempDir,
    served: Option<Served>,
    url: String,
}

impl Reader {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tide"), bin.join("tide")).unwrap();
        let served = Served::start(&home.path().join("tide"), &[]);
        Self { url: served.url.clone(), served: Some(served), home }
    }

    /// One who went through the first hour.
    fn set_up() -> Self {
        let reader = Self::new();
        reader.shell("tide setup -u me -p a-good-password -o home -b sensors\n");
        reader.shell("tide write --bucket sensors 'room,floor=2,name=kitchen temp=21.5,hum=40i'\n");
        reader
    }

    /// Runs a script as it stands, with this server's address and the things that a reader fills in.
    fn shell(&self, script: &str) -> String {
        let script = self.filled(script);
        let path = format!("{}:{}", self.home.path().join("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command.args(["-e", "-u", "-c", &script]).current_dir(self.home.path()).stdin(Stdio::null());
        command.env_clear().env("HOME", self.home.path()).env("PATH", path).env("INFLUX_HOST", &self.url);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{said}");
        said
    }

    fn filled(&self, text: &str) -> String {
        let address = self.url.trim_start_matches("http://");
        let mut text = text.replace("127.0.0.1:8086", address);
        if text.contains("BUCKET-ID") {
            text = text.replace("BUCKET-ID", &self.id("bucket"));
        }
        if text.contains("ORG-ID") {
            text = text.replace("ORG-ID", &self.id("org"));
        }
        if text.contains("TOKEN") {
            let profiles = std::fs::read_to_string(self.home.path().join(".influxdbv2/configs")).unwrap();
            let token = profiles.lines().find_map(|l| l.strip_prefix("token = \"")).unwrap().trim_end_matches('"');
            text = text.replace("TOKEN", token);
        }
        text
    }

    /// The newest one of a kind.
    fn id(&self, kind: &str) -> String {
        let listed = self.shell(&format!("tide {kind} list --json"));
        let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
        listed.last().unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Runs every block of a page; gives what each said.
    fn follow(&self, page: &str) -> Vec<String> {
        let mut said = Vec::new();
        for block in blocks(page) {
            if block.kind != "sh" {
                continue;
            }
            let mut script = String::new();
            for line in block.text.lines() {
                if line.starts_with("tide serve ") {
                    begins(line, self.home.path());
                    continue;
                }
                // Commands up to one whose identifiers are filled in, so that what they make is there.
                if line.contains("-ID") && !script.is_empty() {
                    said.push(self.shell(&std::mem::take(&mut script)));
                }
                script += line;
                script.push('\n');
            }
            said.push(self.shell(&script));
        }
        said
    }
}

/// A child that is killed when it is dropped.
struct Begun(Child);

impl Drop for Begun {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves with the flags of a line, on a free port and in a folder of this test; it has to say where it is and to end well.
fn begins(line: &str, home: &Path) {
    let words = line.split_whitespace().skip(1);
    let mut arguments: Vec<String> = words.map(str::to_owned).collect();
    let folder = home.join(format!("served-{}", arguments.len()));
    for (flag, value) in [("--http-bind-address", "127.0.0.1:0"), ("--data-dir", folder.to_str().unwrap())] {
        let at = arguments.iter().position(|a| a == flag).unwrap_or_else(|| panic!("{line} has no {flag}"));
        value.clone_into(&mut arguments[at + 1]);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_tide"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut begun = Begun(command.spawn().unwrap());
    let mut said = BufReader::new(begun.0.stdout.take().unwrap()).lines();
    let mut next = || said.next().unwrap().unwrap();
    assert!(next().contains(" listens on http://127.0.0.1:"), "{line}");
    let second = next();
    assert!(second.contains(folder.to_str().unwrap()) && second.contains("memory budget"), "{second}");
    assert!(next().starts_with("try: "), "{line}");
    assert!(Command::new("kill").arg("-TERM").arg(begun.0.id().to_string()).status().unwrap().success());
    let deadline = std::time::Instant::now() + DEADLINE;
    loop {
        match begun.0.try_wait().unwrap() {
            Some(status) => return assert!(status.success(), "{line}: {status}"),
            None => assert!(std::time::Instant::now() < deadline, "{line}: it does not end"),
        }
        std::thread::yield_now();
    }
}

#[test]
fn install() {
    let reader = Reader::new();
    reader.follow("install.md");
    assert!(reader.home.path().join(".local/share/man/man1/tide-query.1").exists());
}

#[test]
fn the_first_hour() {
    let reader = Reader::new();
    let said = reader.follow("first-hour.md").join("\n");
    assert!(
        said.contains("lab,sensor=t1 reading=20.5 1709251200000000000") && said.contains("1 row was skipped"),
        "{said}"
    );
    assert!(said.contains("_field=temp") && said.contains("reading=") | said.contains("_field=reading"), "{said}");
    assert!(reader.home.path().join("sensors/lab.parquet").exists());
    let count = r#"from(bucket: "again") |> range(start: 2024-01-01T00:00:00Z) |> filter(fn: (r) => r._field == "temp") |> group() |> count()"#;
    let counted = reader.shell(&format!("tide query --raw '{count}'"));
    let without_annotations: String =
        counted.lines().filter(|l| !l.starts_with('#')).map(|l| format!("{l}\n")).collect();
    assert!(!column(&without_annotations, "_value").is_empty(), "{counted}");
}

#[test]
fn telegraf_and_home_assistant() {
    let reader = Reader::set_up();
    let said = reader.follow("telegraf.md").join("\n");
    assert!(said.contains("telegraf"), "{said}");
    let said = reader.follow("home-assistant.md").join("\n");
    assert!(said.contains("home assistant"), "{said}");
    for (page, kind, wanted) in
        [("telegraf.md", "toml", "outputs.influxdb_v2"), ("home-assistant.md", "yaml", "api_version: 2")]
    {
        let block = blocks(page).into_iter().find(|b| b.kind == kind).unwrap();
        assert!(block.text.contains(wanted) && block.text.contains("8086"), "{page}");
        if kind == "toml" {
            toml::from_str::<toml::Table>(&block.text).unwrap();
        }
    }
}

#[test]
fn a_laptop() {
    let mut reader = Reader::set_up();
    assert!(reader.served.take().unwrap().stop().success());
    let said = reader.follow("laptop.md").join("\n");
    assert!(said.contains("bucket sensors") && said.contains("all well") && said.contains("partitions, "), "{said}");
    assert!(reader.home.path().join("sensors/room.parquet").exists());
}

#[test]
fn python_as_it_is_printed() {
    if std::env::var_os("TIDE_SKIP_CLIENTS").is_some() {
        println!("left out: TIDE_SKIP_CLIENTS is set");
        return;
    }
    let Some(system) = python::system() else { return };
    let python = python::environment(&system, "guide", &["influxdb-client"]);
    let reader = Reader::set_up();
    for block in blocks("python.md").iter().filter(|b| b.kind == "python") {
        let output = Command::new(&python).args(["-c", &reader.filled(&block.text)]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("21.5"), "{said}");
    }
}

fn packaged(name: &str) -> String {
    std::fs::read_to_string(python::root().join("packaging").join(name)).unwrap()
}

#[test]
fn the_unit() {
    let text = packaged("tidegauge.service");
    let line = text.lines().find_map(|l| l.strip_prefix("ExecStart=/usr/local/bin/")).unwrap();
    let home = tempfile::tempdir().unwrap();
    begins(line, home.path());
    for wanted in [
        "DynamicUser=yes",
        "StateDirectory=tidegauge",
        "MemoryMax=",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "Restart=always",
    ] {
        assert!(text.lines().any(|l| l.starts_with(wanted)), "{wanted}");
    }
    // The service manager's own check, where there is one. It wants the program where the unit says it is.
    let here = home.path().join("tidegauge.service");
    std::fs::write(&here, text.replace("/usr/local/bin/tide", env!("CARGO_BIN_EXE_tide"))).unwrap();
    match Command::new("systemd-analyze").arg("verify").arg(&here).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let ours: Vec<&str> = said.lines().filter(|l| l.contains("tidegauge.service")).collect();
            assert!(output.status.success() && ours.is_empty(), "{said}");
        }
        Err(e) => println!("left out: systemd-analyze: {e}"),
    }
}

#[test]
fn the_container_file() {
    let text = packaged("Containerfile");
    let list = |name: &str| -> Vec<String> {
        let line = text.lines().find_map(|l| l.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}"));
        serde_json::from_str(line).unwrap()
    };
    assert_eq!(list("ENTRYPOINT "), ["tide"]);
    let home = tempfile::tempdir().unwrap();
    begins(&format!("tide {}", list("CMD ").join(" ")), home.path());
    assert!(text.contains("USER 65532") && text.contains("STOPSIGNAL SIGTERM") && text.contains("VOLUME /data"));
    let check: PathBuf = env!("CARGO_BIN_EXE_tide").into();
    let (_, check_line) = text.split_once("HEALTHCHECK").unwrap();
    let (_, check_words) = check_line.lines().next().unwrap().split_once("CMD ").unwrap();
    let words: Vec<String> = serde_json::from_str(check_words).unwrap();
    let reader = Reader::new();
    let words = words[1..].iter().map(|w| w.replace("http://127.0.0.1:8086", &reader.url));
    assert!(Command::new(check).args(words).env("HOME", home.path()).status().unwrap().success());
    let toolchain = std::fs::read_to_string(python::root().join("rust-toolchain.toml")).unwrap();
    let version = text.lines().find_map(|l| l.strip_prefix("FROM docker.io/library/rust:")).unwrap();
    let version = version.split('-').next().unwrap();
    assert!(toolchain.contains(version), "the image builds with another compiler than {toolchain}");
}
