//! Permissions as they are stored with an authorization: an action on a kind of resource, as wide or narrow as it says.

use std::fmt;
use std::str::FromStr;

use model::Id;
use serde::{Deserialize, Serialize};

/// What a permission lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// See it.
    Read,
    /// Create, change or remove it.
    Write,
}

impl Action {
    /// Both actions.
    pub const ALL: [Self; 2] = [Self::Read, Self::Write];

    /// `read` or `write`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

macro_rules! resource_types {
    ($($variant:ident $name:literal,)*) => {
        /// The kinds of resources that InfluxDB 2 knows; Tidegauge keeps permissions on all of them, also on those it does not serve.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ResourceType {
            $(#[doc = concat!("`", $name, "`")] #[serde(rename = $name)] $variant,)*
        }

        impl ResourceType {
            /// All kinds, in the order in which `GET /api/v2/resources` lists them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

resource_types! {
    Authorizations "authorizations",
    Buckets "buckets",
    Dashboards "dashboards",
    Orgs "orgs",
    Sources "sources",
    Tasks "tasks",
    Telegrafs "telegrafs",
    Users "users",
    Variables "variables",
    Scrapers "scrapers",
    Secrets "secrets",
    Labels "labels",
    Views "views",
    Documents "documents",
    NotificationRules "notificationRules",
    NotificationEndpoints "notificationEndpoints",
    Checks "checks",
    Dbrp "dbrp",
    Notebooks "notebooks",
    Annotations "annotations",
    Remotes "remotes",
    Replications "replications",
    Instance "instance",
}

/// A text that names no [`ResourceType`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown resource type for permission: {0:?}")]
pub struct UnknownResourceType(pub String);

impl FromStr for ResourceType {
    type Err = UnknownResourceType;

    fn from_str(text: &str) -> Result<Self, UnknownResourceType> {
        Self::ALL.into_iter().find(|t| t.name() == text).ok_or_else(|| UnknownResourceType(text.to_owned()))
    }
}

/// What a permission is about: without `id` and `org_id` everything of the type, with `org_id` alone all of the type in
/// that organisation, with `id` that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Resource {
    /// The kind.
    #[serde(rename = "type")]
    pub kind: ResourceType,
    /// One resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The organisation it belongs to.
    #[serde(default, rename = "orgID", skip_serializing_if = "Option::is_none")]
    pub org_id: Option<Id>,
}

impl fmt::Display for Resource {
    /// `orgs/ORG/buckets/ID`, `orgs/ORG/buckets`, `users/ID` or `users`, as InfluxDB writes it in refusals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(org) = self.org_id {
            write!(f, "orgs/{org}/")?;
        }
        f.write_str(self.kind.name())?;
        match self.id {
            Some(id) => write!(f, "/{id}"),
            None => Ok(()),
        }
    }
}

/// One permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Permission {
    /// What may be done.
    pub action: Action,
    /// To what.
    pub resource: Resource,
}

impl Permission {
    /// On everything of a kind.
    pub fn global(action: Action, kind: ResourceType) -> Self {
        Self { action, resource: Resource { kind, id: None, org_id: None } }
    }

    /// On everything of a kind in one organisation.
    pub fn in_org(action: Action, kind: ResourceType, org: Id) -> Self {
        Self { action, resource: Resource { kind, id: None, org_id: Some(org) } }
    }

    /// On one resource of an organisation.
    pub fn on(action: Action, kind: ResourceType, org: Id, id: Id) -> Self {
        Self { action, resource: Resource { kind, id: Some(id), org_id: Some(org) } }
    }

    /// On one resource that belongs to no organisation: a user, or an organisation itself.
    pub fn on_unowned(action: Action, kind: ResourceType, id: Id) -> Self {
        Self { action, resource: Resource { kind, id: Some(id), org_id: None } }
    }
}

impl fmt::Display for Permission {
    /// `read:orgs/ORG/buckets/ID`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.action.name(), self.resource)
    }
}
