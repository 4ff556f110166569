//! `/api/v2/dbrps`: databases and retention policies of version 1, and the buckets that answer for them.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use engine::management::{DbrpChange, Mapping, NewDbrp};
use engine::{Action, Id, Permission, ResourceType};
use serde::Serialize;

use super::{json_body, no_content, path_id, split};
use crate::args::{Args, go_bool};
use crate::auth;
use crate::error::{ApiError, ApiResult};
use crate::json::{self, Fields};
use crate::state::AppState;

const PREFIX: &str = "invalid json structure: ";

/// A mapping as clients read it.
#[derive(Serialize)]
struct Body {
    id: String,
    database: String,
    retention_policy: String,
    default: bool,
    #[serde(rename = "virtual")]
    is_virtual: bool,
    #[serde(rename = "orgID")]
    org_id: String,
    #[serde(rename = "bucketID")]
    bucket_id: String,
}

impl Body {
    fn new(mapping: Mapping) -> Self {
        let Mapping { dbrp, is_virtual } = mapping;
        Self {
            id: dbrp.id.to_string(),
            database: dbrp.database,
            retention_policy: dbrp.retention_policy,
            default: dbrp.default,
            is_virtual,
            org_id: dbrp.org_id.to_string(),
            bucket_id: dbrp.bucket_id.to_string(),
        }
    }

    fn of_made(dbrp: engine::Dbrp) -> Self {
        Self::new(Mapping { dbrp, is_virtual: false })
    }
}

#[derive(Serialize)]
struct Content<T> {
    content: T,
}

/// Who may do this with a bucket may do it with what stands for the bucket.
fn on(action: Action, org: Id, bucket: Id) -> Permission {
    Permission::on(action, ResourceType::Buckets, org, bucket)
}

fn unreadable(cause: impl std::fmt::Display) -> ApiError {
    ApiError::invalid(format!("{PREFIX}{cause}"))
}

/// The organisation that `orgID` or `org` names.
fn org(state: &AppState, id: Option<&str>, name: Option<&str>) -> ApiResult<Id> {
    match (id.filter(|t| !t.is_empty()), name.filter(|t| !t.is_empty())) {
        (Some(id), _) => id.parse::<Id>().map_err(|e| ApiError::invalid(format!("invalid org ID {id:?}: {e}"))),
        (None, Some(name)) => {
            let unknown = |_| ApiError::not_found(format!("invalid org {name:?}: organization not found"));
            Ok(state.engine.organization_by_name(name).map_err(unknown)?.id)
        }
        (None, None) => Err(ApiError::invalid("either 'org' or 'orgID' must be provided")),
    }
}

fn org_of_args(state: &AppState, args: &Args<'_>) -> ApiResult<Id> {
    org(state, args.get("orgID").as_deref(), args.get("org").as_deref())
}

/// The mappings that may be read.
pub(crate) async fn list(State(state): State<AppState>, request: Request) -> ApiResult {
    let (uri, headers, _) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let args = Args::of(&uri);
    let org = org_of_args(&state, &args)?;
    let id = |name: &str| -> ApiResult<Option<Id>> {
        match args.filled(name) {
            None => Ok(None),
            Some(text) => {
                let what = if name == "id" { "DBRP ID" } else { "bucket ID" };
                let wrong = |e| ApiError::invalid(format!("invalid {what} {text:?}: {e}"));
                text.parse::<Id>().map(Some).map_err(wrong)
            }
        }
    };
    let (id, bucket) = (id("id")?, id("bucketID")?);
    let (database, policy) = (args.filled("db"), args.filled("rp"));
    let default = match args.filled("default").as_deref() {
        None => None,
        Some(text) => Some(go_bool(text).ok_or_else(|| ApiError::invalid("invalid default parameter"))?),
    };
    let wanted = |m: &Mapping| {
        let d = &m.dbrp;
        id.is_none_or(|id| d.id == id)
            && bucket.is_none_or(|bucket| d.bucket_id == bucket)
            && database.as_deref().is_none_or(|database| d.database == database)
            && policy.as_deref().is_none_or(|policy| d.retention_policy == policy)
            && default.is_none_or(|default| d.default == default)
            && principal.allows(on(Action::Read, org, d.bucket_id))
    };
    let content: Vec<Body> = state.engine.mappings(org).into_iter().filter(wanted).map(Body::new).collect();
    Ok(json::indented(StatusCode::OK, &Content { content }))
}

/// Letters, digits, `_`, `-` and `.`, and at least one of them.
fn check_name(what: &str, name: &str) -> ApiResult<()> {
    if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "DBRP provided is invalid: {what} must contain at least one character and only be letters, numbers, '_', '-', and '.'"
    )))
}

/// Makes a mapping.
pub(crate) async fn create(State(state): State<AppState>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let value = json_body(body, PREFIX).await?;
    let fields = Fields::of(&value, "createDBRPRequest", "dbrp.createDBRPRequest").map_err(unreadable)?;
    let text = |key: &str| fields.text(key).map(Option::unwrap_or_default).map_err(unreadable);
    let bucket = text("bucketID")?;
    let wrong = |e| ApiError::invalid(format!("invalid bucket ID {bucket:?}: {e}"));
    let org_id = org(&state, Some(text("orgID")?), Some(text("org")?))?;
    let new = NewDbrp {
        bucket_id: bucket.parse::<Id>().map_err(wrong)?,
        org_id,
        database: text("database")?.to_owned(),
        retention_policy: text("retention_policy")?.to_owned(),
        default: fields.boolean("default").map_err(unreadable)?.unwrap_or(false),
    };
    auth::require(&principal, on(Action::Write, org_id, new.bucket_id))?;
    check_name("database", &new.database)?;
    check_name("retentionPolicy", &new.retention_policy)?;
    let made = state.engine.create_dbrp(new).await?;
    Ok(json::indented(StatusCode::CREATED, &Body::of_made(made)))
}

/// The mapping of a path, for somebody who may do all this with its bucket.
fn find(state: &AppState, headers: &HeaderMap, args: &Args<'_>, id: &str, actions: &[Action]) -> ApiResult<Mapping> {
    let principal = auth::principal(state, headers)?;
    let (id, org) = (path_id(id)?, org_of_args(state, args)?);
    let found = state.engine.mappings(org).into_iter().find(|m| m.dbrp.id == id).ok_or_else(missing)?;
    for action in actions {
        auth::require(&principal, on(*action, org, found.dbrp.bucket_id))?;
    }
    Ok(found)
}

fn missing() -> ApiError {
    ApiError::not_found("unable to find DBRP")
}

/// A mapping that was made: others change with their bucket's name.
fn made(mapping: Mapping) -> ApiResult<engine::Dbrp> {
    if mapping.is_virtual { Err(missing()) } else { Ok(mapping.dbrp) }
}

/// One mapping.
pub(crate) async fn show(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (uri, headers, _) = split(request);
    let found = find(&state, &headers, &Args::of(&uri), &id, &[Action::Read])?;
    Ok(json::indented(StatusCode::OK, &Content { content: Body::new(found) }))
}

/// Changes a mapping's policy, or makes it the default.
pub(crate) async fn change(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (uri, headers, body) = split(request);
    let found = made(find(&state, &headers, &Args::of(&uri), &id, &Action::ALL)?)?;
    let value = json_body(body, PREFIX).await?;
    let fields = Fields::of(&value, "DBRPUpdate", "influxdb.DBRPUpdate").map_err(unreadable)?;
    let retention_policy = fields.text("retention_policy").map_err(unreadable)?.map(str::to_owned);
    if let Some(policy) = &retention_policy {
        check_name("retentionPolicy", policy)?;
    }
    let change = DbrpChange { retention_policy, default: fields.boolean("default").map_err(unreadable)? };
    let changed = state.engine.update_dbrp(found.id, change).await?;
    Ok(json::indented(StatusCode::OK, &Content { content: Body::of_made(changed) }))
}

/// Removes a mapping.
pub(crate) async fn remove(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (uri, headers, _) = split(request);
    let found = made(find(&state, &headers, &Args::of(&uri), &id, &[Action::Write])?)?;
    state.engine.delete_dbrp(found.id).await?;
    Ok(no_content())
}
