//! `/api/v2/setup`: the first user, organisation, bucket and token of a folder.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::management::OnboardingRequest;
use serde::Serialize;

use super::json_body;
use crate::error::{ApiError, ApiResult};
use crate::json::{self, Fields};
use crate::state::AppState;
use crate::wire::{AuthorizationBody, BucketBody, OrgBody, UserBody};

#[derive(Serialize)]
struct Allowed {
    allowed: bool,
}

/// Whether a set-up is still possible.
pub(crate) async fn allowed(State(state): State<AppState>) -> Response {
    json::indented(StatusCode::OK, &Allowed { allowed: !state.engine.is_onboarded() })
}

#[derive(Serialize)]
struct Made {
    user: UserBody,
    bucket: BucketBody,
    org: OrgBody,
    auth: AuthorizationBody,
}

/// Sets the folder up; once only.
pub(crate) async fn set_up(State(state): State<AppState>, body: Body) -> ApiResult {
    const PREFIX: &str = "failed to unmarshal json: ";
    let value = json_body(body, PREFIX).await?;
    let request = read(&value).map_err(|cause| ApiError::invalid(format!("{PREFIX}{cause}")))?;
    let made = state.engine.onboard(request).await?;
    let authorization = &made.authorization;
    let answer = Made {
        user: UserBody::new(&made.user),
        bucket: BucketBody::new(&made.bucket),
        org: OrgBody::new(&made.org),
        auth: AuthorizationBody::new(&state.engine, &authorization.authorization, &authorization.token).bare(),
    };
    Ok(json::indented(StatusCode::CREATED, &answer))
}

fn read(value: &serde_json::Value) -> Result<OnboardingRequest, String> {
    let fields = Fields::of(value, "OnboardingRequest", "influxdb.OnboardingRequest")?;
    let text = |key: &str| fields.text(key).map(Option::unwrap_or_default);
    // The old key counts nanoseconds in spite of its name; the new one wins.
    let seconds =
        fields.integer("retentionPeriodSeconds")?.filter(|s| *s != 0).map(|s| s.saturating_mul(1_000_000_000));
    let retention_ns = match seconds {
        Some(ns) => ns,
        None => fields.integer("retentionPeriodHrs")?.unwrap_or(0),
    };
    Ok(OnboardingRequest {
        username: text("username")?.to_owned(),
        password: fields.text("password")?.filter(|p| !p.is_empty()).map(str::to_owned),
        org: text("org")?.to_owned(),
        bucket: text("bucket")?.to_owned(),
        retention_ns,
        token: fields.text("token")?.filter(|t| !t.is_empty()).map(str::to_owned),
    })
}
