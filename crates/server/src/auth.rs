//! Who asks: tokens, session cookies and, for version 1, names with passwords.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::auth::{Credential, Denied, Principal};
use engine::{Action, EngineError, Id, Permission, ResourceType};

use crate::args::Args;
use crate::error::{ApiError, ApiResult, Code};
use crate::state::AppState;

/// The session's cookie.
pub(crate) const COOKIE: &str = "influxdb-oss-session";

/// Who sends a request of version 2: the token if there is one, else the session. Basic is no credential here.
pub(crate) fn principal(state: &AppState, headers: &HeaderMap) -> ApiResult<Principal> {
    match token(headers) {
        Some(token) => Ok(state.engine.authenticate_token(token)?),
        None => session(state, headers),
    }
}

/// Who holds the session whose cookie comes with the request.
pub(crate) fn session(state: &AppState, headers: &HeaderMap) -> ApiResult<Principal> {
    let key = cookie(headers).ok_or_else(ApiError::unauthorized)?;
    Ok(state.engine.authenticate_session(key)?)
}

/// The token behind `Token` or `Bearer`, in any case.
fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = credentials(headers)?;
    let known = scheme.eq_ignore_ascii_case("token") || scheme.eq_ignore_ascii_case("bearer");
    (known && !token.is_empty()).then_some(token)
}

fn credentials(headers: &HeaderMap) -> Option<(&str, &str)> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    Some((scheme, rest.trim()))
}

/// The session's key. The Python client sends the whole `Set-Cookie` value back, attributes and all.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    texts.flat_map(|t| t.split(';')).find_map(|part| part.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Name and password of `Authorization: Basic`.
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, packed) = credentials(headers)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(packed).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// The cookie of a session that ends then.
pub(crate) fn set_cookie(key: &str, expires_at_ns: i64) -> Option<HeaderValue> {
    let expires = chrono::DateTime::from_timestamp_nanos(expires_at_ns).format("%a, %d %b %Y %H:%M:%S GMT");
    HeaderValue::from_str(&format!("{COOKIE}={key}; Path=/api/; Expires={expires}; HttpOnly; SameSite=Strict")).ok()
}

/// Who sends a request of version 1: `u` and `p`, then `Token` (in this case only), then Basic. A password is that of the login of
/// this name, or else a token; behind `Token` it is always a token. Sessions and `Bearer` are refused, as InfluxDB refuses them.
pub(crate) async fn v1_principal(state: &AppState, headers: &HeaderMap, args: Args<'_>) -> ApiResult<Principal> {
    if let (Some(name), Some(password)) = (args.filled("u"), args.filled("p")) {
        return v1_known(state.engine.authenticate_v1(&name, &password).await);
    }
    match credentials(headers) {
        Some(("Token", text)) => {
            let token = text.split_once(':').map_or(text, |(_, token)| token);
            v1_known(state.engine.authenticate_v1_token(token).map_err(EngineError::from))
        }
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("basic") => match basic(headers) {
            Some((name, password)) => v1_known(state.engine.authenticate_v1(&name, &password).await),
            None => Err(ApiError::unauthorized()),
        },
        _ if cookie(headers).is_some() => {
            session(state, headers)?;
            Err(ApiError::forbidden("insufficient permissions; session not supported"))
        }
        _ => Err(ApiError::unauthorized()),
    }
}

/// Wrong credentials of version 1 have a word of their own.
fn v1_known(found: Result<Principal, EngineError>) -> ApiResult<Principal> {
    found.map_err(|error| match ApiError::from(error) {
        e if e.code == Code::Unauthorized => ApiError::new(Code::Unauthorized, "Unauthorized"),
        e => e,
    })
}

/// Whether the request came with a session.
pub(crate) fn by_session(principal: &Principal) -> bool {
    matches!(principal.credential, Credential::Session { .. })
}

/// The organisation that a request of version 1 is about: its token's.
pub(crate) fn v1_org(principal: &Principal) -> ApiResult<Id> {
    principal.token_org().ok_or_else(ApiError::unauthorized)
}

/// Refuses as the endpoints that manage do: 401 with the permission that is lacking.
pub(crate) fn require(principal: &Principal, wanted: Permission) -> ApiResult<()> {
    principal.check(wanted).map_err(|denied| ApiError::may_not(denied.to_string()))
}

/// Refuses as a write does: 403.
pub(crate) fn require_write(principal: &Principal, org: Id, bucket: Id) -> ApiResult<()> {
    match principal.check(Permission::on(Action::Write, ResourceType::Buckets, org, bucket)) {
        Ok(()) => Ok(()),
        Err(Denied::Lacking(_)) => Err(ApiError::forbidden("insufficient permissions for write")),
        Err(denied @ Denied::TokenInactive) => {
            Err(ApiError::forbidden(format!("insufficient permissions for write: {denied}")))
        }
    }
}

/// Refuses what only an operator may do.
pub(crate) fn require_operator(principal: &Principal, path: &str) -> ApiResult<()> {
    let whole = ResourceType::ALL.into_iter().filter(|kind| *kind != ResourceType::Instance);
    let mut wanted = whole.flat_map(|kind| Action::ALL.map(|action| Permission::global(action, kind)));
    if wanted.all(|permission| principal.allows(permission)) {
        return Ok(());
    }
    Err(ApiError::may_not(format!("access to {path} requires operator permissions")))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{basic, cookie, set_cookie, token};

    fn with(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn schemes_are_read_in_any_case() {
        for (text, wanted) in [
            ("Token abc", Some("abc")),
            ("token abc", Some("abc")),
            ("BEARER  abc", Some("abc")),
            ("Basic YTpi", None),
            ("abc", None),
            ("Token ", None),
        ] {
            assert_eq!(token(&with(header::AUTHORIZATION, text)), wanted, "{text}");
        }
        let (name, password) = basic(&with(header::AUTHORIZATION, "Basic bmFtZTpwYTpzcw==")).unwrap();
        assert_eq!((name.as_str(), password.as_str()), ("name", "pa:ss"));
        assert_eq!(basic(&with(header::AUTHORIZATION, "Basic !!!")), None);
    }

    #[test]
    fn a_cookie_may_come_back_with_its_attributes() {
        let text = "influxdb-oss-session=k-1_2==; Path=/api/; Expires=Sun, 22 Nov 2026 22:00:00 GMT; HttpOnly";
        assert_eq!(cookie(&with(header::COOKIE, text)), Some("k-1_2=="));
        assert_eq!(cookie(&with(header::COOKIE, "a=b; influxdb-oss-session=x")), Some("x"));
        assert_eq!(cookie(&with(header::COOKIE, "influxdb-oss-sessions=x")), None);
        assert_eq!(
            set_cookie("k", 1_709_510_400_000_000_000).unwrap(),
            "influxdb-oss-session=k; Path=/api/; Expires=Mon, 04 Mar 2024 00:00:00 GMT; HttpOnly; SameSite=Strict"
        );
    }
}
