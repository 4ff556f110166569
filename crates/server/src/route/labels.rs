//! `/api/v2/labels`, and the labels of buckets.

use std::collections::BTreeMap;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use engine::auth::Principal;
use engine::management::{LabelChange, NewLabel};
use engine::{Action, Bucket, Id, Label, Permission, ResourceType};
use serde::Serialize;
use serde_json::Value;

use super::{json_body, no_content, path_id, resource_id, split};
use crate::args::Args;
use crate::auth;
use crate::error::{ApiError, ApiResult};
use crate::json::{self, Fields};
use crate::state::AppState;
use crate::wire::{LabelBody, SelfLink};

const PREFIX: &str = "failed to unmarshal json: ";

#[derive(Serialize)]
struct One {
    links: SelfLink,
    label: LabelBody,
}

#[derive(Serialize)]
struct List {
    links: SelfLink,
    labels: Vec<LabelBody>,
}

fn on(action: Action, label: &Label) -> Permission {
    Permission::on(action, ResourceType::Labels, label.org_id, label.id)
}

fn one(status: StatusCode, label: Label) -> Response {
    let links = SelfLink::to(format!("/api/v2/labels/{}", label.id));
    json::indented(status, &One { links, label: LabelBody::new(label) })
}

fn several(principal: &Principal, labels: Vec<Label>) -> Response {
    let labels = LabelBody::all(principal, labels);
    json::indented(StatusCode::OK, &List { links: SelfLink::to("/api/v2/labels"), labels })
}

/// The labels that may be read. An `orgID` that is no identifier is as if it were not there.
pub(crate) async fn list(State(state): State<AppState>, request: Request) -> ApiResult {
    let (uri, headers, _) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let args = Args::of(&uri);
    let org = args.filled("orgID").and_then(|text| text.parse::<Id>().ok());
    let name = args.filled("name").map(|name| name.to_lowercase());
    let mut found = state.engine.labels();
    found.retain(|label| org.is_none_or(|org| label.org_id == org));
    found.retain(|label| name.as_ref().is_none_or(|name| label.name.to_lowercase() == *name));
    Ok(several(&principal, found))
}

/// The label of a path, for somebody who may do this with it.
fn find(state: &AppState, headers: &HeaderMap, id: &str, action: Action) -> ApiResult<Label> {
    let principal = auth::principal(state, headers)?;
    let label = state.engine.label(path_id(id)?)?;
    auth::require(&principal, on(action, &label))?;
    Ok(label)
}

/// One label.
pub(crate) async fn show(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    Ok(one(StatusCode::OK, find(&state, &headers, &id, Action::Read)?))
}

fn unreadable(cause: impl std::fmt::Display) -> ApiError {
    ApiError::invalid(format!("{PREFIX}{cause}"))
}

/// The pairs of texts below `properties`.
fn properties(value: &Value, owner: &'static str) -> ApiResult<BTreeMap<String, String>> {
    let fields = Fields::of(value, owner, "influxdb.Label").map_err(unreadable)?;
    let Some(pairs) = fields.object("properties", owner, "map[string]string").map_err(unreadable)? else {
        return Ok(BTreeMap::new());
    };
    let names = value.get("properties").and_then(Value::as_object).map(|map| map.keys()).into_iter().flatten();
    let pair = |name: &String| {
        let text = pairs.text(name).map_err(unreadable)?.unwrap_or_default();
        Ok((name.clone(), text.to_owned()))
    };
    names.map(pair).collect()
}

/// Makes a label.
pub(crate) async fn create(State(state): State<AppState>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let value = json_body(body, PREFIX).await?;
    let fields = Fields::of(&value, "Label", "influxdb.Label").map_err(unreadable)?;
    let org = match fields.text("orgID").map_err(unreadable)?.unwrap_or_default() {
        "" => None,
        id => Some(id.parse::<Id>().map_err(unreadable)?),
    };
    let name = fields.text("name").map_err(unreadable)?.unwrap_or_default().to_owned();
    let properties = properties(&value, "Label")?;
    if name.is_empty() {
        return Err(ApiError::invalid("label name is required"));
    }
    let org_id = org.ok_or_else(|| ApiError::invalid("orgID is required"))?;
    auth::require(&principal, Permission::in_org(Action::Write, ResourceType::Labels, org_id))?;
    Ok(one(StatusCode::CREATED, state.engine.create_label(NewLabel { org_id, name, properties }).await?))
}

/// Changes a label's name and some of its properties; one that is set to nothing goes.
pub(crate) async fn change(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let id = path_id(&id)?;
    let value = json_body(body, "").await?;
    let unreadable = |cause: String| ApiError::invalid(cause);
    let fields = Fields::of(&value, "LabelUpdate", "influxdb.LabelUpdate").map_err(unreadable)?;
    let name = fields.text("name").map_err(unreadable)?.filter(|name| !name.is_empty()).map(str::to_owned);
    let change = LabelChange { name, properties: properties(&value, "LabelUpdate")? };
    let label = state.engine.label(id)?;
    auth::require(&principal, on(Action::Write, &label))?;
    Ok(one(StatusCode::OK, state.engine.update_label(id, change).await?))
}

/// Removes a label, also from what bears it.
pub(crate) async fn remove(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let label = find(&state, &headers, &id, Action::Write)?;
    state.engine.delete_label(label.id).await?;
    Ok(no_content())
}

/// The bucket of a path, which must be one that may be read.
fn bucket(state: &AppState, principal: &Principal, id: &str) -> ApiResult<Bucket> {
    let id = resource_id(id)?;
    let found = state.engine.bucket(id).ok();
    let readable = |b: &Bucket| principal.allows(Permission::on(Action::Read, ResourceType::Buckets, b.org_id, b.id));
    found.filter(readable).ok_or_else(super::no_such_resource)
}

/// Who may tie this label to this bucket, or untie it: who may write both.
fn may_tie(principal: &Principal, label: &Label, bucket: &Bucket) -> ApiResult<()> {
    auth::require(principal, on(Action::Write, label))?;
    auth::require(principal, Permission::on(Action::Write, ResourceType::Buckets, label.org_id, bucket.id))
}

/// The labels of a bucket.
pub(crate) async fn of_bucket(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let principal = auth::principal(&state, &headers)?;
    let bucket = bucket(&state, &principal, &id)?;
    Ok(several(&principal, state.engine.labels_of(bucket.id)))
}

/// Puts a label on a bucket.
pub(crate) async fn tie(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let bucket = bucket(&state, &principal, &id)?;
    let wrong = |_: String| ApiError::invalid("Invalid post label map request");
    let value = json_body(body, "").await.map_err(|error| wrong(error.message.into_owned()))?;
    let fields = Fields::of(&value, "LabelMapping", "influxdb.LabelMapping").map_err(wrong)?;
    let label = match fields.text("labelID").map_err(wrong)?.unwrap_or_default() {
        "" => return Err(ApiError::invalid("label id is required")),
        id => id.parse::<Id>().map_err(|e| wrong(e.to_string()))?,
    };
    let label = state.engine.label(label)?;
    may_tie(&principal, &label, &bucket)?;
    state.engine.put_label_on_bucket(bucket.id, label.id).await?;
    Ok(one(StatusCode::CREATED, label))
}

/// Takes a label off a bucket; it need not be there.
pub(crate) async fn untie(
    State(state): State<AppState>,
    Path((id, label)): Path<(String, String)>,
    headers: HeaderMap,
) -> ApiResult {
    let principal = auth::principal(&state, &headers)?;
    let bucket = bucket(&state, &principal, &id)?;
    let label = state.engine.label(path_id(&label)?)?;
    may_tie(&principal, &label, &bucket)?;
    state.engine.take_label_off_bucket(bucket.id, label.id).await?;
    Ok(no_content())
}
