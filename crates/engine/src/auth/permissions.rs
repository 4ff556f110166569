//! [`PermissionSet`]: what a token or session permits, and the sets that InfluxDB 2 gives by role.

use model::Id;
use storage::catalog::{Action, Permission, ResourceType};

/// Permissions that are held together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PermissionSet(Vec<Permission>);

impl PermissionSet {
    /// A set of these.
    pub fn new(permissions: Vec<Permission>) -> Self {
        Self(permissions)
    }

    /// Its members.
    pub fn as_slice(&self) -> &[Permission] {
        &self.0
    }

    /// Whether one member covers what is wanted.
    pub fn allows(&self, wanted: &Permission) -> bool {
        self.0.iter().any(|held| covers(held, wanted))
    }

    /// The first of `wanted` that this set may not hand on; `None` when it may hand on all of them.
    pub fn first_missing<'a>(&self, wanted: &'a [Permission]) -> Option<&'a Permission> {
        wanted.iter().find(|permission| !self.allows(permission))
    }
}

/// Whether holding `held` is enough for `wanted`: same action and kind, and `held` is global, or names the wanted
/// resource, or is for the whole organisation that the wanted resource belongs to. An organisation that both name must
/// be the same: so a permission that pairs a foreign resource with one's own organisation opens nothing.
fn covers(held: &Permission, wanted: &Permission) -> bool {
    if held.action != wanted.action || held.resource.kind != wanted.resource.kind {
        return false;
    }
    let same_org = held.resource.org_id == wanted.resource.org_id;
    match (held.resource.id, held.resource.org_id) {
        (None, None) => true,
        (None, Some(_)) => same_org,
        (Some(id), None) => wanted.resource.id == Some(id),
        (Some(id), Some(_)) => wanted.resource.id == Some(id) && (same_org || wanted.resource.org_id.is_none()),
    }
}

/// What the first token has: everything, everywhere, but for `instance`.
pub fn operator_permissions() -> Vec<Permission> {
    ResourceType::ALL
        .into_iter()
        .filter(|kind| *kind != ResourceType::Instance)
        .flat_map(|kind| Action::ALL.map(|action| Permission::global(action, kind)))
        .collect()
}

/// What a session of an organisation's member may do: read all that is in it.
pub fn org_member_permissions(org: Id) -> Vec<Permission> {
    org_permissions(org, &[Action::Read])
}

/// What a session of an organisation's owner may do: read and write all that is in it.
pub fn org_owner_permissions(org: Id) -> Vec<Permission> {
    org_permissions(org, &Action::ALL)
}

fn org_permissions(org: Id, actions: &[Action]) -> Vec<Permission> {
    let kinds =
        ResourceType::ALL.into_iter().filter(|kind| !matches!(kind, ResourceType::Instance | ResourceType::Users));
    kinds
        .flat_map(|kind| {
            actions.iter().map(move |action| match kind {
                ResourceType::Orgs => Permission::on_unowned(*action, kind, org),
                _ => Permission::in_org(*action, kind, org),
            })
        })
        .collect()
}

/// What a session of a bucket's member or owner may do with it.
pub(crate) fn bucket_permissions(org: Id, bucket: Id, actions: &[Action]) -> Vec<Permission> {
    actions.iter().map(|action| Permission::on(*action, ResourceType::Buckets, org, bucket)).collect()
}

/// What everybody's session may do: see and change oneself.
pub(crate) fn own_permissions(user: Id) -> [Permission; 2] {
    Action::ALL.map(|action| Permission::on_unowned(action, ResourceType::Users, user))
}
