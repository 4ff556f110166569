//! `/api/v2/buckets`.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use engine::auth::Principal;
use engine::management::{BucketChange, BucketFilter, NewBucket};
use engine::{Action, Bucket, BucketType, EngineError, Id, Permission, ResourceType};
use serde::Serialize;
use serde_json::Value;

use super::{id_argument, json_body, no_content, path_id, split};
use crate::args::Args;
use crate::auth;
use crate::error::{ApiError, ApiResult, Code};
use crate::json::{self, Fields};
use crate::page::{Page, PageLinks};
use crate::state::AppState;
use crate::wire::BucketBody;

const SECOND_NS: i64 = 1_000_000_000;
const PREFIX: &str = "failed to unmarshal json: ";

#[derive(Serialize)]
struct List {
    links: PageLinks,
    buckets: Vec<BucketBody>,
}

/// The buckets that may be read. A name that is unknown is an error only within an organisation.
pub(crate) async fn list(State(state): State<AppState>, request: Request) -> ApiResult {
    let (uri, headers, _) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let args = Args::of(&uri);
    let page = Page::of(&args)?;
    let (name, org_name) = (args.filled("name"), args.filled("org"));
    let (id, org_id) = (id_argument(&args, "id")?, id_argument(&args, "orgID")?);
    let org = match (org_id, &org_name) {
        (Some(id), _) => Some(id),
        (None, Some(name)) => Some(state.engine.organization_by_name(name)?.id),
        (None, None) => None,
    };
    let found = match (id, org, &name) {
        (Some(id), ..) => vec![state.engine.bucket(id)?],
        (None, Some(org), Some(name)) => vec![state.engine.bucket_by_name(org, name)?],
        _ => {
            let name = name.as_deref().map(str::to_owned);
            state.engine.buckets(&BucketFilter { id: None, org_id: org, name })
        }
    };
    let visible: Vec<Bucket> = found.into_iter().filter(|bucket| may_see(&principal, bucket)).collect();
    let shown = page.cut(visible, |bucket| bucket.id);
    let mut filters = Vec::new();
    for (key, value) in [
        ("bucket", name.map(String::from)),
        ("id", id.map(|id| id.to_string())),
        ("org", org_name.map(String::from)),
        ("orgID", org_id.map(|id| id.to_string())),
    ] {
        filters.extend(value.map(|v| (key, v)));
    }
    let links = page.links("/api/v2/buckets", &filters, shown.len());
    let buckets = shown.iter().map(|bucket| BucketBody::labelled(&state.engine, &principal, bucket)).collect();
    Ok(json::indented(StatusCode::OK, &List { links, buckets }))
}

/// A bucket of the system shows itself to those only who may read its organisation.
fn may_see(principal: &Principal, bucket: &Bucket) -> bool {
    principal.allows(on(Action::Read, bucket))
        && (bucket.kind == BucketType::User
            || principal.allows(Permission::on_unowned(Action::Read, ResourceType::Orgs, bucket.org_id)))
}

fn on(action: Action, bucket: &Bucket) -> Permission {
    Permission::on(action, ResourceType::Buckets, bucket.org_id, bucket.id)
}

/// The bucket of a path, for somebody who may do this with it.
fn find(state: &AppState, headers: &HeaderMap, id: &str, action: Action) -> ApiResult<(Principal, Bucket)> {
    let principal = auth::principal(state, headers)?;
    let bucket = state.engine.bucket(path_id(id)?)?;
    auth::require(&principal, on(action, &bucket))?;
    Ok((principal, bucket))
}

fn answer(state: &AppState, status: StatusCode, principal: &Principal, bucket: &Bucket) -> ApiResult {
    Ok(json::indented(status, &BucketBody::labelled(&state.engine, principal, bucket)))
}

/// One bucket.
pub(crate) async fn show(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let (principal, bucket) = find(&state, &headers, &id, Action::Read)?;
    answer(&state, StatusCode::OK, &principal, &bucket)
}

/// Makes a bucket.
pub(crate) async fn create(State(state): State<AppState>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let value = json_body(body, PREFIX).await?;
    let new = read_new(&value)?;
    auth::require(&principal, Permission::in_org(Action::Write, ResourceType::Buckets, new.org_id))?;
    let made = state.engine.create_bucket(new).await?;
    answer(&state, StatusCode::CREATED, &principal, &made)
}

fn unreadable(cause: impl std::fmt::Display) -> ApiError {
    ApiError::invalid(format!("{PREFIX}{cause}"))
}

fn read_new(value: &Value) -> ApiResult<NewBucket> {
    let fields = Fields::of(value, "postBucketRequest", "tenant.postBucketRequest").map_err(unreadable)?;
    let text = |key: &str| fields.text(key).map(Option::unwrap_or_default).map_err(unreadable);
    let org = match text("orgID")? {
        "" => None,
        id => Some(id.parse::<Id>().map_err(unreadable)?),
    };
    // What does not decode comes first, then the organisation, then what the rules say.
    let rule = match read_rule(&fields) {
        Err(undecodable) if undecodable.code == Code::Invalid => return Err(undecodable),
        rule => rule,
    };
    let name = text("name")?.to_owned();
    let org_id = org.ok_or_else(|| ApiError::invalid("organization id must be provided"))?;
    let rule = rule?;
    let filled = |key: &str| text(key).map(|t| (!t.is_empty()).then(|| t.to_owned()));
    Ok(NewBucket {
        description: text("description")?.to_owned(),
        retention_policy: filled("rp")?,
        retention_ns: rule.and_then(|r| r.every_ns).unwrap_or(0),
        shard_group_ns: rule.and_then(|r| r.shard_group_ns),
        schema_type: filled("schemaType")?,
        ..NewBucket::new(org_id, name)
    })
}

/// A retention rule, as far as it is said.
#[derive(Debug, Clone, Copy)]
struct Rule {
    every_ns: Option<i64>,
    shard_group_ns: Option<i64>,
}

/// The one rule that a bucket may have; an empty list is no rule.
fn read_rule(fields: &Fields<'_>) -> ApiResult<Option<Rule>> {
    let rules = fields.list("retentionRules", "[]tenant.retentionRule").map_err(unreadable)?.unwrap_or_default();
    let [rule] = rules else {
        let text = "buckets cannot have more than one retention rule at this time";
        return if rules.is_empty() { Ok(None) } else { Err(ApiError::unprocessable(text)) };
    };
    let rule = Fields::of(rule, "retentionRule.retentionRules", "tenant.retentionRule").map_err(unreadable)?;
    let seconds = |key: &str| rule.integer(key).map_err(unreadable);
    if let Some(kind) = rule.text("type").map_err(unreadable)?
        && !matches!(kind, "" | "expire")
    {
        return Err(ApiError::unprocessable(format!("retention rule type {kind:?} is not known: use \"expire\"")));
    }
    let every = seconds("everySeconds")?;
    let group = seconds("shardGroupDurationSeconds")?.filter(|s| *s != 0);
    if every.is_some_and(|s| s < 0) {
        return Err(ApiError::unprocessable("expiration seconds cannot be negative"));
    }
    if group.is_some_and(|s| s < 0) {
        return Err(ApiError::unprocessable("shard-group duration seconds cannot be negative"));
    }
    let in_ns = |s: i64| {
        s.checked_mul(SECOND_NS).ok_or_else(|| ApiError::unprocessable(format!("{s} s is longer than 292 years")))
    };
    Ok(Some(Rule { every_ns: every.map(in_ns).transpose()?, shard_group_ns: group.map(in_ns).transpose()? }))
}

/// Changes a bucket; a new retention keeps the length of shard groups. A new name takes reading the bucket, too.
pub(crate) async fn change(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let id = path_id(&id)?;
    let value = json_body(body, PREFIX).await?;
    let change = read_change(&value)?;
    let bucket = state.engine.bucket(id)?;
    if change.name.is_some() {
        auth::require(&principal, on(Action::Read, &bucket))?;
    }
    auth::require(&principal, on(Action::Write, &bucket))?;
    let changed = state.engine.update_bucket(id, change).await.map_err(change_refused)?;
    Ok(json::indented(StatusCode::OK, &BucketBody::new(&changed)))
}

fn read_change(value: &Value) -> ApiResult<BucketChange> {
    let fields = Fields::of(value, "bucketUpdate", "tenant.bucketUpdate").map_err(unreadable)?;
    let text = |key: &str| fields.text(key).map(|t| t.map(str::to_owned)).map_err(unreadable);
    let rule = read_rule(&fields)?;
    Ok(BucketChange {
        name: text("name")?,
        description: text("description")?,
        retention_ns: rule.and_then(|r| r.every_ns),
        shard_group_ns: rule.and_then(|r| r.shard_group_ns),
    })
}

/// InfluxDB words two refusals of a change otherwise than those of a creation.
fn change_refused(error: EngineError) -> ApiError {
    let text = match (&error, error.class()) {
        (EngineError::ShardGroupTooLong, _) => {
            return ApiError::unprocessable(
                "shard-group duration must also be updated to be smaller than new retention duration",
            );
        }
        (_, engine::ErrorClass::Conflict) => "bucket name is not unique",
        _ => return error.into(),
    };
    ApiError::new(Code::Conflict, text)
}

/// Removes a bucket and its points.
pub(crate) async fn remove(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let (_, bucket) = find(&state, &headers, &id, Action::Write)?;
    state.engine.delete_bucket(bucket.id).await?;
    Ok(no_content())
}
