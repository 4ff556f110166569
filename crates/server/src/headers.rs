//! What stands on every answer: build and version, and for pages of another origin what they may do.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The InfluxDB whose behaviour this is; clients parse it.
pub const INFLUXDB_VERSION: &str = "v2.9.1";

/// What the command line of InfluxDB takes to tell the open-source server from the cloud.
pub const INFLUXDB_BUILD: &str = "OSS";

/// Our own version.
pub const TIDEGAUGE_VERSION: &str = env!("CARGO_PKG_VERSION");

const X_INFLUXDB_VERSION: HeaderName = HeaderName::from_static("x-influxdb-version");
const X_INFLUXDB_BUILD: HeaderName = HeaderName::from_static("x-influxdb-build");
const X_TIDEGAUGE_VERSION: HeaderName = HeaderName::from_static("x-tidegauge-version");

/// The code of an error, beside the body.
pub(crate) const X_PLATFORM_ERROR_CODE: HeaderName = HeaderName::from_static("x-platform-error-code");

static OWN_VERSION: LazyLock<HeaderValue> = LazyLock::new(|| HeaderValue::from_static(TIDEGAUGE_VERSION));

/// Puts build and versions on an answer.
pub(crate) fn identify(headers: &mut HeaderMap) {
    headers.insert(X_INFLUXDB_BUILD, HeaderValue::from_static(INFLUXDB_BUILD));
    headers.insert(X_INFLUXDB_VERSION, HeaderValue::from_static(INFLUXDB_VERSION));
    headers.insert(X_TIDEGAUGE_VERSION, OWN_VERSION.clone());
}

/// `OPTIONS` below `/api/v2` never reaches a handler: with an origin it says what is allowed, without one it is no method.
pub(crate) fn preflight(method: &Method, path: &str, origin: Option<&HeaderValue>) -> Option<Response> {
    if method != Method::OPTIONS || !is_api(path) {
        return None;
    }
    let status = if origin.is_some() { StatusCode::NO_CONTENT } else { StatusCode::METHOD_NOT_ALLOWED };
    Some(status.into_response())
}

/// Lets pages of the asking origin read an answer.
pub(crate) fn allow_origin(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST, GET, OPTIONS, PUT, DELETE, PATCH"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Accept, Content-Type, Content-Length, Accept-Encoding, Authorization, User-Agent"),
    );
}

/// Whether a path belongs to version 2 of the API.
pub(crate) fn is_api(path: &str) -> bool {
    path.strip_prefix("/api/v2").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
