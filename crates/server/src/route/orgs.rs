//! `/api/v2/orgs`.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use engine::management::{NewOrganization, OrganizationChange};
use engine::{Action, Id, Organization, Permission, ResourceType};
use serde::Serialize;

use super::{json_body, no_content, path_id, split};
use crate::args::Args;
use crate::auth;
use crate::error::{ApiError, ApiResult};
use crate::json::{self, Fields};
use crate::page::Page;
use crate::state::AppState;
use crate::wire::{OrgBody, SelfLink};

const PREFIX: &str = "failed to unmarshal json: ";

#[derive(Serialize)]
struct List {
    links: SelfLink,
    orgs: Vec<OrgBody>,
}

fn on(action: Action, org: Id) -> Permission {
    Permission::on_unowned(action, ResourceType::Orgs, org)
}

/// The organisations that may be read.
pub(crate) async fn list(State(state): State<AppState>, request: Request) -> ApiResult {
    let (uri, headers, _) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let args = Args::of(&uri);
    let page = Page::of(&args)?;
    // What is no identifier is as if it were not there, as in InfluxDB.
    let id = |name: &str| args.filled(name).and_then(|text| text.parse::<Id>().ok());
    let user = id("userID");
    let mut found: Vec<Organization> = match (id("orgID"), args.filled("org")) {
        (Some(id), _) => vec![state.engine.organization(id)?],
        (None, Some(name)) => vec![state.engine.organization_by_name(&name)?],
        (None, None) => state.engine.organizations(),
    };
    if let Some(user) = user {
        found.retain(|org| state.engine.memberships(org.id).iter().any(|m| m.user_id == user));
    }
    found.retain(|org| principal.allows(on(Action::Read, org.id)));
    let orgs = page.cut(found, |org| org.id).iter().map(OrgBody::new).collect();
    Ok(json::indented(StatusCode::OK, &List { links: SelfLink::to("/api/v2/orgs"), orgs }))
}

/// The organisation of a path, for somebody who may do this with it.
fn find(state: &AppState, headers: &HeaderMap, id: &str, action: Action) -> ApiResult<Organization> {
    let principal = auth::principal(state, headers)?;
    let id = path_id(id)?;
    auth::require(&principal, on(action, id))?;
    Ok(state.engine.organization(id)?)
}

/// One organisation.
pub(crate) async fn show(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    Ok(json::indented(StatusCode::OK, &OrgBody::new(&find(&state, &headers, &id, Action::Read)?)))
}

fn unreadable(cause: String) -> ApiError {
    ApiError::invalid(format!("{PREFIX}{cause}"))
}

/// Makes an organisation, of which its maker is the owner.
pub(crate) async fn create(State(state): State<AppState>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let value = json_body(body, PREFIX).await?;
    let fields = Fields::of(&value, "Organization", "influxdb.Organization").map_err(unreadable)?;
    let text = |key: &str| fields.text(key).map(|t| t.unwrap_or_default().to_owned()).map_err(unreadable);
    let new =
        NewOrganization { name: text("name")?, description: text("description")?, owner: Some(principal.user.id) };
    auth::require(&principal, Permission::global(Action::Write, ResourceType::Orgs))?;
    let made = state.engine.create_organization(new).await?;
    Ok(json::indented(StatusCode::CREATED, &OrgBody::new(&made)))
}

/// Changes name or description.
pub(crate) async fn change(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> ApiResult {
    let (_, headers, body) = split(request);
    auth::principal(&state, &headers)?;
    path_id(&id)?;
    let value = json_body(body, PREFIX).await?;
    let fields = Fields::of(&value, "OrganizationUpdate", "influxdb.OrganizationUpdate").map_err(unreadable)?;
    let text = |key: &str| fields.text(key).map(|t| t.map(str::to_owned)).map_err(unreadable);
    let change = OrganizationChange { name: text("name")?, description: text("description")? };
    let org = find(&state, &headers, &id, Action::Write)?;
    let changed = state.engine.update_organization(org.id, change).await?;
    Ok(json::indented(StatusCode::OK, &OrgBody::new(&changed)))
}

/// Removes an organisation with its buckets and tokens.
pub(crate) async fn remove(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let org = find(&state, &headers, &id, Action::Write).map_err(|error| {
        if error.message == "organization not found" {
            return error.prefixed(&format!("error deleting organization id: {id}: "));
        }
        error
    })?;
    state.engine.delete_organization(org.id).await?;
    Ok(no_content())
}
