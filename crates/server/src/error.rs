//! [`ApiError`]: the one form in which this API refuses, and the one place where a refusal becomes an HTTP answer.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::headers::X_PLATFORM_ERROR_CODE;
use crate::json;
use crate::limits;

/// InfluxDB's error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A fault of ours.
    Internal,
    /// Known, but not built.
    NotImplemented,
    /// The request makes no sense.
    Invalid,
    /// A name that must not be empty is.
    EmptyValue,
    /// Understood, but against the rules.
    Unprocessable,
    /// Exists already; 422, not 409.
    Conflict,
    /// There is no such thing, or it may not be seen.
    NotFound,
    /// Too busy; comes with `Retry-After`.
    Unavailable,
    /// Known who asks, and may not.
    Forbidden,
    /// Not known who asks, or may not manage.
    Unauthorized,
    /// A known path with another method.
    MethodNotAllowed,
    /// A body beyond its limit.
    TooLarge,
}

impl Code {
    fn status_and_text(self) -> (StatusCode, &'static str) {
        match self {
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
            Self::NotImplemented => (StatusCode::NOT_IMPLEMENTED, "not implemented"),
            Self::Invalid => (StatusCode::BAD_REQUEST, "invalid"),
            Self::EmptyValue => (StatusCode::BAD_REQUEST, "empty value"),
            Self::Unprocessable => (StatusCode::UNPROCESSABLE_ENTITY, "unprocessable entity"),
            Self::Conflict => (StatusCode::UNPROCESSABLE_ENTITY, "conflict"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not found"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method not allowed"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "request too large"),
        }
    }
}

/// Why a request is refused: `{"code": …, "message": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// Decides the status.
    pub code: Code,
    /// What the user reads.
    pub message: Cow<'static, str>,
    /// Whether the body has the key `error` too: version-1 tools read only that one.
    v1: bool,
}

/// What a handler gives.
pub(crate) type ApiResult<T = Response> = Result<T, ApiError>;

impl ApiError {
    /// An error of a class with its text.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), v1: false }
    }

    /// 400.
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Invalid, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// 403.
    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Forbidden, message)
    }

    /// 401 for a request of which it is not known who sends it.
    pub fn unauthorized() -> Self {
        Self::new(Code::Unauthorized, "unauthorized access")
    }

    /// 401 for somebody known who may not manage this.
    pub fn may_not(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Unauthorized, message)
    }

    /// 422.
    pub fn unprocessable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Unprocessable, message)
    }

    /// 500; the cause goes to the log, the client reads only that it is there.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!("internal error: {cause}");
        Self::new(Code::Internal, "An internal error has occurred - check server logs")
    }

    /// The same error in the form that version-1 tools read as well.
    #[must_use]
    pub fn for_v1(mut self) -> Self {
        self.v1 = true;
        self
    }

    /// The same error with words before its text.
    #[must_use]
    pub fn prefixed(mut self, prefix: &str) -> Self {
        self.message = Cow::Owned(format!("{prefix}{}", self.message));
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, text) = self.code.status_and_text();
        let mut body = Vec::with_capacity(self.message.len() + 64);
        body.extend_from_slice(b"{\"code\":");
        json::write_text(&mut body, text);
        body.extend_from_slice(b",\"message\":");
        json::write_text(&mut body, &self.message);
        if self.v1 {
            body.extend_from_slice(b",\"error\":");
            json::write_text(&mut body, &self.message);
        }
        body.push(b'}');
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, json::CONTENT_TYPE);
        headers.insert(X_PLATFORM_ERROR_CODE, HeaderValue::from_static(text));
        if self.code == Code::Unavailable {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(limits::RETRY_AFTER_SECONDS));
        }
        response
    }
}

/// 405 as the older handlers say it: with `Allow` and a body.
pub(crate) fn method_not_allowed_with_allow(allowed: &'static str) -> Response {
    let mut response = ApiError::new(Code::MethodNotAllowed, format!("allow: {allowed}")).into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

/// 405 as the newer handlers say it: nothing but the status.
pub(crate) fn method_not_allowed() -> Response {
    StatusCode::METHOD_NOT_ALLOWED.into_response()
}
