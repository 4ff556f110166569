//! `/private/legacy/authorizations`: names and passwords of version 1, and what they permit.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use engine::management::AuthorizationFilter;
use engine::{Action, Login, Permission, ResourceType};
use serde::Serialize;

use super::authorizations::{PREFIX, read_change, read_new, require_creation, unreadable, wanted, whose};
use super::{id_argument, json_body, no_content, path_id, split};
use crate::args::Args;
use crate::auth;
use crate::error::{ApiError, ApiResult};
use crate::json::{self, Fields};
use crate::state::AppState;
use crate::wire::{AuthorizationBody, SelfLink};

#[derive(Serialize)]
struct List {
    links: SelfLink,
    authorizations: Vec<AuthorizationBody>,
}

/// The logins that may be read. An identifier and a name must be somebody's; `id` wins.
pub(crate) async fn list(State(state): State<AppState>, request: Request) -> ApiResult {
    let (uri, headers, _) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let args = Args::of(&uri);
    let AuthorizationFilter { org_id, user_id } = whose(&state, &args)?;
    let mut found = match (id_argument(&args, "id")?, args.filled("token")) {
        (Some(id), _) => vec![state.engine.login(id)?],
        (None, Some(name)) => vec![state.engine.login_by_name(&name)?],
        (None, None) => state.engine.logins(),
    };
    found.retain(|login| org_id.is_none_or(|id| login.authorization.org_id == id));
    found.retain(|login| user_id.is_none_or(|id| login.authorization.user_id == id));
    found.retain(|login| wanted(Action::Read, &login.authorization).into_iter().all(|p| principal.allows(p)));
    let authorizations = found.iter().map(|login| AuthorizationBody::of_login(&state.engine, login)).collect();
    Ok(json::indented(StatusCode::OK, &List { links: SelfLink::to("/private/legacy/authorizations"), authorizations }))
}

/// The login of a path, for somebody who may do this with it.
fn find(state: &AppState, headers: &HeaderMap, id: &str, action: Action) -> ApiResult<Login> {
    let principal = auth::principal(state, headers)?;
    let found = state.engine.login(path_id(id)?)?;
    for permission in wanted(action, &found.authorization) {
        auth::require(&principal, permission)?;
    }
    Ok(found)
}

fn answer(state: &AppState, status: StatusCode, login: &Login) -> ApiResult {
    Ok(json::indented(status, &AuthorizationBody::of_login(&state.engine, login)))
}

/// One login.
pub(crate) async fn show(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    answer(&state, StatusCode::OK, &find(&state, &headers, &id, Action::Read)?)
}

/// Makes a login, still without a password.
pub(crate) async fn create(State(state): State<AppState>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let value = json_body(body, PREFIX).await?;
    let new = read_new(&value, &principal)?;
    if new.token.is_none() {
        return Err(ApiError::invalid("token required for v1 user authorization type"));
    }
    require_creation(&principal, &new)?;
    state.engine.may_grant(&principal, new.org_id, &new.permissions)?;
    answer(&state, StatusCode::CREATED, &state.engine.create_login(new).await?)
}

/// Changes status or description.
pub(crate) async fn change(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    auth::principal(&state, &headers)?;
    path_id(&id)?;
    let change = read_change(&json_body(body, PREFIX).await?)?;
    find(&state, &headers, &id, Action::Read)?;
    let found = find(&state, &headers, &id, Action::Write)?;
    answer(&state, StatusCode::OK, &state.engine.update_login(found.authorization.id, change).await?)
}

/// Sets the password; for those who may write the login's user.
pub(crate) async fn set_password(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let value = json_body(body, "").await?;
    let fields = Fields::of(&value, "passwordSetRequest", "authorization.passwordSetRequest").map_err(unreadable)?;
    let password = fields.text("password").map_err(unreadable)?.unwrap_or_default();
    let id = id.parse().map_err(|_| ApiError::invalid("invalid authorization ID provided in route"))?;
    let login = state.engine.login(id)?;
    let user = login.authorization.user_id;
    auth::require(&principal, Permission::on_unowned(Action::Write, ResourceType::Users, user))?;
    state.engine.set_login_password(id, password).await?;
    Ok(no_content())
}

/// Removes a login: its name and password are refused from then on.
pub(crate) async fn remove(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let found = find(&state, &headers, &id, Action::Write)?;
    state.engine.delete_login(found.authorization.id).await?;
    Ok(no_content())
}
