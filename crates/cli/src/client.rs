//! Requests to a server that speaks InfluxDB 2's API.

use std::io::Read;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use crate::arguments::{Connection, OrgChoice};
use crate::profile::{Profile, Profiles};

/// Where a server listens when nobody says otherwise.
const DEFAULT_HOST: &str = "http://localhost:8086";
/// Bytes of an answer that is read at once (not of streamed answers).
const MAX_ANSWER_BYTES: u64 = 64 * 1024 * 1024;

/// A server, and who asks it.
#[derive(Debug)]
pub(crate) struct Client {
    agent: ureq::Agent,
    host: String,
    token: Option<String>,
    /// The session of a profile with a name and a password instead of a token.
    session: Option<String>,
    org: Option<String>,
}

impl Client {
    /// Flag, then environment, then the active profile, then the default.
    pub(crate) fn new(connection: &Connection) -> Result<Self> {
        let profile = Profiles::load(connection)?.chosen(connection)?.cloned().unwrap_or_default();
        let Profile { url, token, org, cookie, .. } = profile;
        let host = connection.host.clone().or(Some(url).filter(|u| !u.is_empty()));
        let host = host.unwrap_or_else(|| DEFAULT_HOST.to_owned()).trim_end_matches('/').to_owned();
        let token = connection.token.clone().or(Some(token).filter(|t| !t.is_empty()));
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut client = Self { agent, host, token, session: None, org: Some(org).filter(|o| !o.is_empty()) };
        if client.token.is_none() && !cookie.is_empty() {
            client.session = Some(client.sign_in(&cookie)?);
        }
        Ok(client)
    }

    /// Begins a session; gives what its cookie says.
    fn sign_in(&self, packed: &str) -> Result<String> {
        let headers = [("Authorization", format!("Basic {packed}"))];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let response = self.send("POST", "/api/v2/signin", &[], &headers, Some(b""))?;
        let cookies = response.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
        let session = cookies.filter_map(|text| text.split(';').next()).find(|pair| pair.contains("influxdb"));
        session.map(str::to_owned).context("signing in gave no session: use a token")
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same server under another token.
    pub(crate) fn with_token(self, token: Option<String>) -> Self {
        Self { token, session: None, ..self }
    }

    /// `org=` or `orgID=` of a request.
    pub(crate) fn org_parameter(&self, choice: &OrgChoice) -> Result<(&'static str, String)> {
        if let Some(id) = &choice.org_id {
            return Ok(("orgID", id.clone()));
        }
        let name = choice.org.clone().or_else(|| self.org.clone());
        Ok(("org", name.ok_or_else(|| anyhow!("no organization: give --org or --org-id, or a profile with one"))?))
    }

    /// The ID of the organization that is meant.
    pub(crate) fn org_id(&self, choice: &OrgChoice) -> Result<String> {
        if let Some(id) = &choice.org_id {
            return Ok(id.clone());
        }
        let (_, name) = self.org_parameter(choice)?;
        let found = self.json("GET", "/api/v2/orgs", &[("org", &name)], None)?;
        let id = found["orgs"][0]["id"].as_str();
        id.map(str::to_owned).ok_or_else(|| anyhow!("organization {name:?} not found"))
    }

    /// Whether the server takes a token at all.
    pub(crate) fn knows(&self, token: &str) -> Result<bool> {
        let request = self.agent.get(format!("{}/api/v2/authorizations", self.host));
        let response =
            request.header("Authorization", format!("Token {token}")).call().map_err(|e| self.unreachable(&e))?;
        Ok(response.status() != 401)
    }

    /// A request with a JSON answer.
    pub(crate) fn json(&self, method: &str, path: &str, query: &[(&str, &str)], body: Option<&Value>) -> Result<Value> {
        let text = body.map(Value::to_string);
        let headers = [("Content-Type", "application/json")];
        let mut response = self.send(method, path, query, &headers, text.as_deref().map(str::as_bytes))?;
        let text = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_string()?;
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("{method} {path}: the answer is not JSON"))
    }

    /// A request whose answer is read as it comes.
    pub(crate) fn stream(
        &self,
        path: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<impl Read + use<>> {
        Ok(self.send("POST", path, query, headers, Some(body))?.into_body().into_reader())
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<ureq::http::Response<ureq::Body>> {
        let mut url = format!("{}{path}", self.host);
        for (i, (name, value)) in query.iter().enumerate() {
            let value = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
            url.push_str(&format!("{}{name}={value}", if i == 0 { '?' } else { '&' }));
        }
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Token {token}"));
        }
        if let Some(session) = &self.session {
            request = request.header("Cookie", session);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.unwrap_or_default());
        let request = request.with_context(|| format!("no request can be made to {}", self.host))?;
        // A body of no bytes is none: not every method takes one.
        let sent = match body {
            Some(_) => self.agent.run(request),
            None => self.agent.run(request.map(|_| ())),
        };
        refused(sent.map_err(|e| self.unreachable(&e))?)
    }

    fn unreachable(&self, error: &ureq::Error) -> anyhow::Error {
        anyhow!("cannot reach {}: {error}; is `tide serve` running there?", self.host)
    }
}

/// An answer of 400 and above as the error it tells.
fn refused(mut response: ureq::http::Response<ureq::Body>) -> Result<ureq::http::Response<ureq::Body>> {
    if response.status().as_u16() < 400 {
        return Ok(response);
    }
    let status = response.status();
    let text = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_string().unwrap_or_default();
    let object: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    match (object["code"].as_str(), object["message"].as_str()) {
        (Some(code), Some(message)) => bail!("{status}: {code}: {message}"),
        _ => bail!("{status}: {}", text.trim()),
    }
}
