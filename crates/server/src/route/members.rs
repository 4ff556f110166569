//! Members and owners of organisations and buckets.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{MethodRouter, delete, get};
use engine::{Action, Id, Membership, Permission, ResourceType, Role};
use serde::Serialize;

use super::{json_body, no_content, no_such_resource, path_id, resource_id, split};
use crate::auth;
use crate::error::{ApiError, ApiResult};
use crate::json::{self, Fields};
use crate::state::AppState;
use crate::wire::{SelfLink, UserBody};

/// Whose people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// A bucket's.
    Bucket,
    /// An organisation's.
    Org,
}

impl Of {
    fn path(self, id: Id, role: Role) -> String {
        let family = match self {
            Self::Bucket => "buckets",
            Self::Org => "orgs",
        };
        format!("/api/v2/{family}/{id}/{}s", role.name())
    }

    /// The permission to do this with the thing itself; an error when it does not exist.
    fn permission(self, state: &AppState, id: Id, action: Action) -> ApiResult<Permission> {
        Ok(match self {
            Self::Bucket => Permission::on(action, ResourceType::Buckets, state.engine.bucket(id)?.org_id, id),
            Self::Org => Permission::on_unowned(action, ResourceType::Orgs, state.engine.organization(id)?.id),
        })
    }
}

#[derive(Serialize)]
struct List {
    links: SelfLink,
    users: Vec<UserBody>,
}

/// `…/members` or `…/owners`.
pub(crate) fn collection(of: Of, role: Role) -> MethodRouter<AppState> {
    get(move |State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap| async move {
        list(&state, &headers, of, role, &id)
    })
    .post(move |State(state): State<AppState>, Path(id): Path<String>, request: Request| async move {
        add(&state, of, role, &id, request).await
    })
}

/// `…/members/{user}` or `…/owners/{user}`.
pub(crate) fn single(of: Of, role: Role) -> MethodRouter<AppState> {
    delete(
        move |State(state): State<AppState>, Path((id, user)): Path<(String, String)>, headers: HeaderMap| async move {
            let id = allowed(&state, &headers, of, &id, Action::Write)?;
            state.engine.remove_membership(id, path_id(&user)?, role).await?;
            ApiResult::Ok(no_content())
        },
    )
}

fn allowed(state: &AppState, headers: &HeaderMap, of: Of, id: &str, action: Action) -> ApiResult<Id> {
    let principal = auth::principal(state, headers)?;
    let id = resource_id(id)?;
    let readable = of.permission(state, id, Action::Read).is_ok_and(|permission| principal.allows(permission));
    if !readable {
        return Err(no_such_resource());
    }
    auth::require(&principal, of.permission(state, id, action)?)?;
    Ok(id)
}

fn list(state: &AppState, headers: &HeaderMap, of: Of, role: Role, id: &str) -> ApiResult {
    let id = allowed(state, headers, of, id, Action::Read)?;
    let people = state.engine.memberships(id).into_iter().filter(|m| m.role == role);
    let users = people.filter_map(|m| state.engine.user(m.user_id).ok());
    let users = users.map(|user| UserBody::with_role(&user, role)).collect();
    Ok(json::indented(StatusCode::OK, &List { links: SelfLink::to(of.path(id, role)), users }))
}

async fn add(state: &AppState, of: Of, role: Role, id: &str, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let id = allowed(state, &headers, of, id, Action::Read)?;
    let value = json_body(body, "failed to unmarshal json: ").await?;
    let missing = || ApiError::invalid("user id missing or invalid");
    let fields = Fields::of(&value, "memberRequest", "tenant.memberRequest").map_err(|_| missing())?;
    let user: Id = fields.text("id").ok().flatten().and_then(|t| t.parse().ok()).ok_or_else(missing)?;
    let user = state.engine.user(user)?;
    auth::require(&auth::principal(state, &headers)?, of.permission(state, id, Action::Write)?)?;
    state.engine.add_membership(Membership { resource_id: id, user_id: user.id, role }).await?;
    Ok(json::indented(StatusCode::CREATED, &UserBody::with_role(&user, role)))
}
