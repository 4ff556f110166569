//! The real binary serving a folder, for as long as a test wants.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

/// The operator token of every folder that a test sets up.
pub(crate) const TOKEN: &str = "the-token-of-the-tests";
/// Its organization.
pub(crate) const ORG: &str = "tests";
/// Its first bucket.
pub(crate) const BUCKET: &str = "first";
/// Its first user.
pub(crate) const USER: &str = "tester";
/// That user's password.
pub(crate) const PASSWORD: &str = "a-good-password";

/// How long anything may take that is waited for; a loaded machine is slow, a hanging server is not let off.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A running `tide serve`; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Served {
    child: Child,
    log: PathBuf,
    pub(crate) url: String,
}

/// An answer: its status and its text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Served {
    /// Serves a folder on a free port with further flags; returns when `/health` says `pass`.
    pub(crate) fn start(folder: &Path, flags: &[&str]) -> Self {
        let log = folder.with_extension("log");
        let stderr = File::options().create(true).append(true).open(&log).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tide"))
            .args(["serve", "--http-bind-address", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let Some((_, url)) = line.trim().split_once(" listens on ") else {
            let status = child.wait();
            panic!(
                "tide serve said {line:?} and ended: {status:?}\n{}",
                std::fs::read_to_string(log).unwrap_or_default()
            );
        };
        std::thread::spawn(move || output.read_to_end(&mut Vec::new()));
        let served = Self { child, log, url: url.to_owned() };
        served.wait_until_healthy();
        served
    }

    fn wait_until_healthy(&self) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let answer = self.try_send("GET", "/health", &[], &[]);
            if answer.as_ref().is_ok_and(|a| a.status == 200 && a.text.contains("\"pass\"")) {
                return;
            }
            assert!(Instant::now() < deadline, "no health: {answer:?}\n{}", self.logged());
            std::thread::yield_now();
        }
    }

    /// Makes the first user, organization, bucket and token.
    pub(crate) fn set_up(&self) {
        let body = json!({"username": USER, "password": PASSWORD, "org": ORG, "bucket": BUCKET, "token": TOKEN});
        let answer = self.send("POST", "/api/v2/setup", &[], body.to_string().as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.text);
    }

    /// A request with the operator token.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_send(method, path, headers, body).unwrap()
    }

    /// The same, when the server may be gone.
    pub(crate) fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        send(&agent(), &self.url, method, path, headers, body)
    }

    /// Writes lines to the first bucket, which must be taken.
    pub(crate) fn write(&self, lines: &str) {
        let answer = self.send("POST", &format!("/api/v2/write?org={ORG}&bucket={BUCKET}"), &[], lines.as_bytes());
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    }

    /// The answer to a script, as CSV with a header and no annotations.
    pub(crate) fn ask(&self, script: &str) -> Answer {
        let headers = [("Content-Type", "application/vnd.flux")];
        self.send("POST", &format!("/api/v2/query?org={ORG}"), &headers, script.as_bytes())
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// What it logged.
    pub(crate) fn logged(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// SIGKILL: no chance to tidy up.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM: it has to end in time and well.
    pub(crate) fn stop(mut self) -> ExitStatus {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success());
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.child.try_wait().unwrap() {
                Some(status) => return status,
                None => assert!(Instant::now() < deadline, "it does not end\n{}", self.logged()),
            }
            std::thread::yield_now();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that takes any status for an answer.
pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(DEADLINE)).build().into()
}

/// One request with the operator token.
pub(crate) fn send(
    agent: &ureq::Agent,
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, ureq::Error> {
    let mut request = ureq::http::Request::builder().method(method).uri(format!("{url}{path}"));
    request = request.header("Authorization", format!("Token {TOKEN}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(body)?)?;
    let text = response.body_mut().with_config().limit(1 << 30).read_to_string()?;
    Ok(Answer { status: response.status().as_u16(), text })
}

/// The cells of one column of an answer without annotations.
pub(crate) fn column(csv: &str, name: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv.as_bytes());
    let (mut cells, mut at) = (Vec::new(), None);
    for record in reader.records() {
        let record = record.unwrap();
        if record.get(1) == Some("result") {
            at = record.iter().position(|c| c == name);
        } else if let Some(cell) = at.and_then(|at| record.get(at)) {
            cells.push(cell.to_owned());
        }
    }
    cells
}
