//! `/api/v2/users` and `/api/v2/me`.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use engine::auth::Principal;
use engine::management::{NewUser, UserChange};
use engine::{Action, Id, Permission, ResourceType, Status, User};
use serde::Serialize;
use serde_json::Value;

use super::{id_argument, json_body, no_content, path_id, split};
use crate::args::Args;
use crate::auth;
use crate::error::{ApiError, ApiResult};
use crate::json::{self, Fields};
use crate::page::Page;
use crate::state::AppState;
use crate::wire::{SelfLink, UserBody};

const PREFIX: &str = "failed to unmarshal json: ";

#[derive(Serialize)]
struct List {
    links: SelfLink,
    users: Vec<UserBody>,
}

fn on(action: Action, user: Id) -> Permission {
    Permission::on_unowned(action, ResourceType::Users, user)
}

/// The users that may be read.
pub(crate) async fn list(State(state): State<AppState>, request: Request) -> ApiResult {
    let (uri, headers, _) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let args = Args::of(&uri);
    let page = Page::of(&args)?;
    let mut found = match (id_argument(&args, "id")?, args.filled("name")) {
        (Some(id), _) => vec![state.engine.user(id)?],
        (None, Some(name)) => vec![state.engine.user_by_name(&name)?],
        (None, None) => state.engine.users(),
    };
    found.retain(|user| principal.allows(on(Action::Read, user.id)));
    let users = page.cut(found, |user| user.id).iter().map(UserBody::new).collect();
    Ok(json::indented(StatusCode::OK, &List { links: SelfLink::to("/api/v2/users"), users }))
}

/// Who asks.
pub(crate) async fn me(State(state): State<AppState>, headers: HeaderMap) -> ApiResult {
    let principal = auth::principal(&state, &headers)?;
    // A session may always see whose it is.
    if !auth::by_session(&principal) {
        auth::require(&principal, on(Action::Read, principal.user.id))?;
    }
    Ok(json::indented(StatusCode::OK, &UserBody::new(&principal.user)))
}

/// The user of a path, for somebody who may do this with it.
fn find(state: &AppState, headers: &HeaderMap, id: &str, action: Action) -> ApiResult<User> {
    let principal = auth::principal(state, headers)?;
    let id = path_id(id)?;
    auth::require(&principal, on(action, id))?;
    Ok(state.engine.user(id)?)
}

/// One user.
pub(crate) async fn show(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    Ok(json::indented(StatusCode::OK, &UserBody::new(&find(&state, &headers, &id, Action::Read)?)))
}

fn unreadable(cause: String) -> ApiError {
    ApiError::invalid(format!("{PREFIX}{cause}"))
}

/// Name and status of a body.
fn read(value: &Value) -> ApiResult<UserChange> {
    let fields = Fields::of(value, "User", "influxdb.User").map_err(unreadable)?;
    let status = match fields.text("status").map_err(unreadable)? {
        None | Some("") => None,
        Some(name) => Some(
            Status::from_name(name)
                .ok_or_else(|| ApiError::invalid("invalid status: must be active or inactive".to_owned()))?,
        ),
    };
    Ok(UserChange { name: fields.text("name").map_err(unreadable)?.map(str::to_owned), status })
}

/// Makes a user, still without a password.
pub(crate) async fn create(State(state): State<AppState>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let value = json_body(body, PREFIX).await?;
    let UserChange { name, status } = read(&value)?;
    auth::require(&principal, Permission::global(Action::Write, ResourceType::Users))?;
    let new = NewUser { name: name.unwrap_or_default(), status: status.unwrap_or_default() };
    let made = state.engine.create_user(new).await?;
    Ok(json::indented(StatusCode::CREATED, &UserBody::new(&made)))
}

/// Changes name or status.
pub(crate) async fn change(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    auth::principal(&state, &headers)?;
    path_id(&id)?;
    let change = read(&json_body(body, PREFIX).await?)?;
    let user = find(&state, &headers, &id, Action::Write)?;
    let changed = state.engine.update_user(user.id, change).await?;
    Ok(json::indented(StatusCode::OK, &UserBody::new(&changed)))
}

/// Removes a user.
pub(crate) async fn remove(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let user = find(&state, &headers, &id, Action::Write)?;
    state.engine.delete_user(user.id).await?;
    Ok(no_content())
}

async fn password_of(body: axum::body::Body) -> ApiResult<String> {
    let value = json_body(body, PREFIX).await?;
    let fields = Fields::of(&value, "passwordSetRequest", "tenant.passwordSetRequest").map_err(unreadable)?;
    Ok(fields.text("password").map_err(unreadable)?.unwrap_or_default().to_owned())
}

/// Sets anybody's password; for those who may write the user.
pub(crate) async fn set_password(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let id = path_id(&id)?;
    let password = password_of(body).await?;
    auth::require(&principal, on(Action::Write, id))?;
    let user = state.engine.user(id).map_err(|_| ApiError::forbidden("your userID is incorrect"))?;
    state.engine.set_password(user.id, &password).await?;
    Ok(no_content())
}

/// Sets one's own password: the session says who, Basic holds the old password.
async fn change_with_old(state: &AppState, headers: &HeaderMap, of: Option<Id>, body: axum::body::Body) -> ApiResult {
    let principal: Principal = auth::session(state, headers)?;
    let (_, old) = auth::basic(headers).ok_or_else(ApiError::unauthorized)?;
    let password = password_of(body).await?;
    if of.is_some_and(|id| id != principal.user.id) {
        return Err(ApiError::forbidden("your userID is incorrect"));
    }
    state.engine.change_password(principal.user.id, &old, &password).await?;
    Ok(no_content())
}

/// `PUT /users/{id}/password`.
pub(crate) async fn change_password(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> ApiResult {
    let (_, headers, body) = split(request);
    change_with_old(&state, &headers, Some(path_id(&id)?), body).await
}

/// `PUT /me/password`.
pub(crate) async fn change_own_password(State(state): State<AppState>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    change_with_old(&state, &headers, None, body).await
}
