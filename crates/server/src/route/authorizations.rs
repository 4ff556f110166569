//! `/api/v2/authorizations`.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use engine::auth::Principal;
use engine::management::{AuthorizationChange, AuthorizationFilter, NewAuthorization};
use engine::{Action, Authorization, Id, Permission, Resource, ResourceType, Status};
use serde::Serialize;
use serde_json::Value;

use super::{id_argument, json_body, no_content, path_id, split};
use crate::args::Args;
use crate::auth;
use crate::error::{ApiError, ApiResult};
use crate::json::{self, Fields};
use crate::page::Page;
use crate::state::AppState;
use crate::wire::{AuthorizationBody, SelfLink};

/// What stands before a complaint about a body.
pub(super) const PREFIX: &str = "invalid json structure: ";

#[derive(Serialize)]
struct List {
    links: SelfLink,
    authorizations: Vec<AuthorizationBody>,
}

/// What seeing or changing an authorization takes: the same on it and on its user.
pub(super) fn wanted(action: Action, authorization: &Authorization) -> [Permission; 2] {
    [
        Permission::on(action, ResourceType::Authorizations, authorization.org_id, authorization.id),
        Permission::on_unowned(action, ResourceType::Users, authorization.user_id),
    ]
}

/// Whose authorizations a request asks for, by identifier or by name.
pub(super) fn whose(state: &AppState, args: &Args) -> ApiResult<AuthorizationFilter> {
    let user_id = match (id_argument(args, "userID")?, args.filled("user")) {
        (Some(id), _) => Some(id),
        (None, Some(name)) => Some(state.engine.user_by_name(&name)?.id),
        (None, None) => None,
    };
    let org_id = match (id_argument(args, "orgID")?, args.filled("org")) {
        (Some(id), _) => Some(id),
        (None, Some(name)) => Some(state.engine.organization_by_name(&name)?.id),
        (None, None) => None,
    };
    Ok(AuthorizationFilter { org_id, user_id })
}

/// The authorizations that may be read; unknown identifiers are no error here, unknown names are.
pub(crate) async fn list(State(state): State<AppState>, request: Request) -> ApiResult {
    let (uri, headers, _) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let args = Args::of(&uri);
    let page = Page::of(&args)?;
    let only = id_argument(&args, "id")?;
    let mut found = state.engine.authorizations(&whose(&state, &args)?);
    found.retain(|a| only.is_none_or(|id| id == a.id));
    found.retain(|a| wanted(Action::Read, a).into_iter().all(|permission| principal.allows(permission)));
    // InfluxDB shows them all unless a piece is asked for.
    let shown = if args.filled("limit").is_some() || args.filled("offset").is_some() {
        page.cut(found, |a| a.id)
    } else {
        found
    };
    let authorizations = shown.iter().map(|a| AuthorizationBody::new(&state.engine, a, "")).collect();
    Ok(json::indented(StatusCode::OK, &List { links: SelfLink::to("/api/v2/authorizations"), authorizations }))
}

/// The authorization of a path, for somebody who may do this with it.
fn find(state: &AppState, headers: &HeaderMap, id: &str, action: Action) -> ApiResult<Authorization> {
    let principal = auth::principal(state, headers)?;
    let found = state.engine.authorization(path_id(id)?)?;
    for permission in wanted(action, &found) {
        auth::require(&principal, permission)?;
    }
    Ok(found)
}

fn answer(state: &AppState, status: StatusCode, authorization: &Authorization, token: &str) -> ApiResult {
    Ok(json::indented(status, &AuthorizationBody::new(&state.engine, authorization, token)))
}

/// One authorization, without its token.
pub(crate) async fn show(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    answer(&state, StatusCode::OK, &find(&state, &headers, &id, Action::Read)?, "")
}

/// A body that does not decode.
pub(super) fn unreadable(cause: impl std::fmt::Display) -> ApiError {
    ApiError::invalid(format!("{PREFIX}{cause}"))
}

/// Makes an authorization; the answer is the only one that holds the token.
pub(crate) async fn create(State(state): State<AppState>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let value = json_body(body, PREFIX).await?;
    let new = read_new(&value, &principal)?;
    require_creation(&principal, &new)?;
    if new.token.is_some() {
        // Who may choose a token's text may choose a weak one, and learns which texts are taken.
        auth::require_operator(&principal, "a token of one's own choice (`token`)")?;
    }
    if state.engine.organization(new.org_id).is_err() || state.engine.user(new.user_id).is_err() {
        return Err(ApiError::invalid("unable to create token"));
    }
    state.engine.may_grant(&principal, new.org_id, &new.permissions)?;
    let made = state.engine.create_authorization(new).await?;
    answer(&state, StatusCode::CREATED, &made.authorization, &made.token)
}

/// What making an authorization takes, besides having what it permits.
pub(super) fn require_creation(principal: &Principal, new: &NewAuthorization) -> ApiResult<()> {
    auth::require(principal, Permission::in_org(Action::Write, ResourceType::Authorizations, new.org_id))?;
    auth::require(principal, Permission::on_unowned(Action::Write, ResourceType::Users, new.user_id))
}

/// A new authorization as a body says it.
pub(super) fn read_new(value: &Value, principal: &Principal) -> ApiResult<NewAuthorization> {
    let fields =
        Fields::of(value, "postAuthorizationRequest", "authorization.postAuthorizationRequest").map_err(unreadable)?;
    let text = |key: &str| fields.text(key).map(Option::unwrap_or_default).map_err(unreadable);
    let id = |key: &str| match text(key)? {
        "" => Ok(None),
        id => id.parse::<Id>().map(Some).map_err(unreadable),
    };
    let items = fields.list("permissions", "[]influxdb.Permission").map_err(unreadable)?.unwrap_or_default();
    let permissions = items.iter().map(read_permission).collect::<ApiResult<Vec<_>>>()?;
    if permissions.is_empty() {
        return Err(ApiError::invalid("authorization must include permissions"));
    }
    let (org_id, user_id) = (id("orgID")?, id("userID")?);
    let org_id = org_id.ok_or_else(|| ApiError::invalid("org id required: invalid ID"))?;
    let status = match text("status")? {
        "" => Status::Active,
        name => {
            Status::from_name(name).ok_or_else(|| ApiError::invalid("invalid status: must be active or inactive"))?
        }
    };
    let user_id = user_id.unwrap_or(principal.user.id);
    let description = text("description")?.to_owned();
    // A token of one's own choice: InfluxDB ignores the key, `tide auth create --token` keeps an old token with it.
    let token = Some(text("token")?.to_owned()).filter(|t| !t.is_empty());
    Ok(NewAuthorization { org_id, user_id, permissions, description, status, token })
}

fn read_permission(value: &Value) -> ApiResult<Permission> {
    let fields = Fields::of(value, "Permission.permissions", "influxdb.Permission").map_err(unreadable)?;
    let resource = fields
        .object("resource", "Resource.permissions.resource", "influxdb.Resource")
        .map_err(unreadable)?
        .ok_or_else(|| {
            ApiError::invalid("invalid resource type for permission: unknown resource type for permission")
        })?;
    let id = |key: &str| match resource.text(key).map_err(unreadable)? {
        None | Some("") => Ok(None),
        Some(id) => id.parse::<Id>().map(Some).map_err(unreadable),
    };
    let (id, org_id) = (id("id")?, id("orgID")?);
    let action = fields.text("action").map_err(unreadable)?.unwrap_or_default();
    let action = Action::ALL
        .into_iter()
        .find(|a| a.name() == action)
        .ok_or_else(|| ApiError::invalid("invalid action type for permission: unknown action for permission"))?;
    let kind =
        resource.text("type").map_err(unreadable)?.unwrap_or_default().parse::<ResourceType>().map_err(|_| {
            ApiError::invalid("invalid resource type for permission: unknown resource type for permission")
        })?;
    Ok(Permission { action, resource: Resource { kind, id, org_id } })
}

/// What a body says is to be different.
pub(super) fn read_change(value: &Value) -> ApiResult<AuthorizationChange> {
    let fields = Fields::of(value, "AuthorizationUpdate", "influxdb.AuthorizationUpdate").map_err(unreadable)?;
    let status = match fields.text("status").map_err(unreadable)? {
        None => None,
        Some(name) => Some(
            Status::from_name(name)
                .ok_or_else(|| ApiError::invalid("encodeAuthorization: unknown authorization status"))?,
        ),
    };
    let description = fields.text("description").map_err(unreadable)?.map(str::to_owned);
    Ok(AuthorizationChange { status, description })
}

/// Changes status or description.
pub(crate) async fn change(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    auth::principal(&state, &headers)?;
    path_id(&id)?;
    let change = read_change(&json_body(body, PREFIX).await?)?;
    find(&state, &headers, &id, Action::Read)?;
    let found = find(&state, &headers, &id, Action::Write)?;
    let changed = state.engine.update_authorization(found.id, change).await?;
    answer(&state, StatusCode::OK, &changed, "")
}

/// Removes an authorization: its token is unknown from then on.
pub(crate) async fn remove(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let found = find(&state, &headers, &id, Action::Write)?;
    state.engine.delete_authorization(found.id).await?;
    Ok(no_content())
}
