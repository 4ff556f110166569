//! The JSON shapes of what is managed, in InfluxDB's order of keys.

use std::collections::BTreeMap;

use engine::auth::Principal;
use engine::{Action, Authorization, Bucket, Engine, Label, Login, Organization, Permission, ResourceType, User};
use serde::Serialize;

/// Nanoseconds of a second.
const SECOND_NS: i64 = 1_000_000_000;

/// A time as Go writes it: up to nine decimals, without trailing zeros.
pub(crate) fn rfc3339(time_ns: i64) -> String {
    let time = chrono::DateTime::from_timestamp_nanos(time_ns);
    let mut text = time.format("%Y-%m-%dT%H:%M:%S%.9f").to_string();
    text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    text.push('Z');
    text
}

/// A length of time as Go writes it: `14m45.9s`.
pub(crate) fn go_duration(ns: i64) -> String {
    if ns < 0 {
        return format!("-{}", go_duration(ns.saturating_abs()));
    }
    match ns {
        0 => return "0s".to_owned(),
        1..1_000 => return format!("{ns}ns"),
        1_000..1_000_000 => return format!("{}µs", trimmed(ns, 1_000)),
        1_000_000..SECOND_NS => return format!("{}ms", trimmed(ns, 1_000_000)),
        _ => {}
    }
    let (minutes, rest) = (ns / (60 * SECOND_NS), ns % (60 * SECOND_NS));
    let seconds = trimmed(rest, SECOND_NS);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, m) => format!("{m}m{seconds}s"),
        (h, m) => format!("{h}h{m}m{seconds}s"),
    }
}

fn trimmed(value: i64, unit: i64) -> String {
    let digits = unit.ilog10() as usize;
    let text = format!("{}.{:0digits$}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `{"self": …}`.
#[derive(Debug, Serialize)]
pub(crate) struct SelfLink {
    #[serde(rename = "self")]
    pub(crate) this: String,
}

impl SelfLink {
    /// A link to this path.
    pub(crate) fn to(path: impl Into<String>) -> Self {
        Self { this: path.into() }
    }
}

/// A user.
#[derive(Debug, Serialize)]
pub(crate) struct UserBody {
    /// Only among members and owners.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    links: SelfLink,
    id: String,
    name: String,
    status: &'static str,
}

impl UserBody {
    /// As it stands alone.
    pub(crate) fn new(user: &User) -> Self {
        Self {
            role: None,
            links: SelfLink::to(format!("/api/v2/users/{}", user.id)),
            id: user.id.to_string(),
            name: user.name.clone(),
            status: user.status.name(),
        }
    }

    /// As it stands among the people of an organisation or a bucket.
    pub(crate) fn with_role(user: &User, role: engine::Role) -> Self {
        Self { role: Some(role.name()), ..Self::new(user) }
    }
}

#[derive(Debug, Serialize)]
struct OrgLinks {
    buckets: String,
    dashboards: String,
    labels: String,
    logs: String,
    members: String,
    owners: String,
    secrets: String,
    #[serde(rename = "self")]
    this: String,
    tasks: String,
}

/// An organisation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrgBody {
    links: OrgLinks,
    id: String,
    name: String,
    description: String,
    created_at: String,
    updated_at: String,
}

impl OrgBody {
    /// Its answer.
    pub(crate) fn new(org: &Organization) -> Self {
        let this = format!("/api/v2/orgs/{}", org.id);
        let by_name = |kind: &str| format!("/api/v2/{kind}?org={}", org.name);
        Self {
            links: OrgLinks {
                buckets: by_name("buckets"),
                dashboards: by_name("dashboards"),
                labels: format!("{this}/labels"),
                logs: format!("{this}/logs"),
                members: format!("{this}/members"),
                owners: format!("{this}/owners"),
                secrets: format!("{this}/secrets"),
                tasks: by_name("tasks"),
                this,
            },
            id: org.id.to_string(),
            name: org.name.clone(),
            description: org.description.clone(),
            created_at: rfc3339(org.created_at_ns),
            updated_at: rfc3339(org.updated_at_ns),
        }
    }
}

/// A label.
#[derive(Debug, Serialize)]
pub(crate) struct LabelBody {
    id: String,
    #[serde(rename = "orgID")]
    org_id: String,
    name: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, String>,
}

impl LabelBody {
    /// Its answer.
    pub(crate) fn new(label: Label) -> Self {
        Self {
            id: label.id.to_string(),
            org_id: label.org_id.to_string(),
            name: label.name,
            properties: label.properties,
        }
    }

    /// Those that may be read.
    pub(crate) fn all(principal: &Principal, labels: Vec<Label>) -> Vec<Self> {
        let readable = |label: &Label| {
            principal.allows(Permission::on(Action::Read, ResourceType::Labels, label.org_id, label.id))
        };
        labels.into_iter().filter(readable).map(Self::new).collect()
    }
}

#[derive(Debug, Serialize)]
struct BucketLinks {
    labels: String,
    members: String,
    org: String,
    owners: String,
    #[serde(rename = "self")]
    this: String,
    write: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RetentionRule {
    #[serde(rename = "type")]
    kind: &'static str,
    every_seconds: i64,
    shard_group_duration_seconds: i64,
}

/// A bucket.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BucketBody {
    id: String,
    #[serde(rename = "orgID")]
    org_id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_type: Option<String>,
    retention_rules: [RetentionRule; 1],
    created_at: String,
    updated_at: String,
    links: BucketLinks,
    labels: Vec<LabelBody>,
}

impl BucketBody {
    /// Its answer, with those of its labels that this principal may read.
    pub(crate) fn labelled(engine: &Engine, principal: &Principal, bucket: &Bucket) -> Self {
        Self { labels: LabelBody::all(principal, engine.labels_of(bucket.id)), ..Self::new(bucket) }
    }

    /// Its answer without labels.
    pub(crate) fn new(bucket: &Bucket) -> Self {
        let this = format!("/api/v2/buckets/{}", bucket.id);
        Self {
            id: bucket.id.to_string(),
            org_id: bucket.org_id.to_string(),
            kind: bucket.kind.name(),
            description: bucket.description.clone(),
            name: bucket.name.clone(),
            rp: bucket.retention_policy.clone(),
            schema_type: bucket.schema_type.clone(),
            retention_rules: [RetentionRule {
                kind: "expire",
                every_seconds: bucket.retention_ns / SECOND_NS,
                shard_group_duration_seconds: bucket.shard_group_ns / SECOND_NS,
            }],
            created_at: rfc3339(bucket.created_at_ns),
            updated_at: rfc3339(bucket.updated_at_ns),
            links: BucketLinks {
                labels: format!("{this}/labels"),
                members: format!("{this}/members"),
                org: format!("/api/v2/orgs/{}", bucket.org_id),
                owners: format!("{this}/owners"),
                write: format!("/api/v2/write?org={}&bucket={}", bucket.org_id, bucket.id),
                this,
            },
            labels: Vec::new(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ResourceBody {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "orgID", skip_serializing_if = "Option::is_none")]
    org_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
}

#[derive(Debug, Serialize)]
struct PermissionBody {
    action: &'static str,
    resource: ResourceBody,
}

impl PermissionBody {
    /// With the names of what it is about, as far as that still exists.
    fn new(engine: &Engine, permission: &Permission) -> Self {
        let resource = &permission.resource;
        let name = resource.id.and_then(|id| match resource.kind {
            ResourceType::Buckets => engine.bucket(id).ok().map(|b| b.name),
            ResourceType::Users => engine.user(id).ok().map(|u| u.name),
            ResourceType::Orgs => engine.organization(id).ok().map(|o| o.name),
            _ => None,
        });
        Self {
            action: permission.action.name(),
            resource: ResourceBody {
                kind: resource.kind.name(),
                id: resource.id.map(|id| id.to_string()),
                org_id: resource.org_id.map(|id| id.to_string()),
                name,
                org: resource.org_id.and_then(|id| engine.organization(id).ok()).map(|o| o.name),
            },
        }
    }
}

#[derive(Debug, Serialize)]
struct AuthorizationLinks {
    #[serde(rename = "self")]
    this: String,
    user: String,
}

/// An authorization.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationBody {
    id: String,
    /// Told once, at creation; afterwards empty.
    token: String,
    status: &'static str,
    description: String,
    #[serde(rename = "orgID")]
    org_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    org: String,
    #[serde(rename = "userID")]
    user_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    user: String,
    permissions: Vec<PermissionBody>,
    links: AuthorizationLinks,
    created_at: String,
    updated_at: String,
}

impl AuthorizationBody {
    /// With names filled in; `token` is empty unless it was just made.
    pub(crate) fn new(engine: &Engine, authorization: &Authorization, token: &str) -> Self {
        let Authorization { id, org_id, user_id, .. } = authorization;
        Self {
            id: id.to_string(),
            token: token.to_owned(),
            status: authorization.status.name(),
            description: authorization.description.clone(),
            org_id: org_id.to_string(),
            org: engine.organization(*org_id).map(|o| o.name).unwrap_or_default(),
            user_id: user_id.to_string(),
            user: engine.user(*user_id).map(|u| u.name).unwrap_or_default(),
            permissions: authorization.permissions.iter().map(|p| PermissionBody::new(engine, p)).collect(),
            links: AuthorizationLinks {
                this: format!("/api/v2/authorizations/{id}"),
                user: format!("/api/v2/users/{user_id}"),
            },
            created_at: rfc3339(authorization.created_at_ns),
            updated_at: rfc3339(authorization.updated_at_ns),
        }
    }

    /// A login of version 1, whose name stands in the place of the token.
    pub(crate) fn of_login(engine: &Engine, login: &Login) -> Self {
        let mut body = Self::new(engine, &login.authorization, &login.name);
        body.links.this = format!("/private/legacy/authorizations/{}", login.authorization.id);
        body
    }

    /// As the set-up answers it: without the names that this answer has beside it.
    pub(crate) fn bare(self) -> Self {
        Self { org: String::new(), user: String::new(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::{go_duration, rfc3339};

    #[test]
    fn times_are_written_as_go_writes_them() {
        assert_eq!(rfc3339(1_709_510_400_000_000_000), "2024-03-04T00:00:00Z");
        assert_eq!(rfc3339(1_709_510_400_500_000_000), "2024-03-04T00:00:00.5Z");
        assert_eq!(rfc3339(1), "1970-01-01T00:00:00.000000001Z");
        for (ns, text) in [
            (0, "0s"),
            (15, "15ns"),
            (1_500, "1.5µs"),
            (2_000_000, "2ms"),
            (885_900_000_000, "14m45.9s"),
            (3_600_000_000_000, "1h0m0s"),
            (-1_000_000_000, "-1s"),
        ] {
            assert_eq!(go_duration(ns), text);
        }
    }
}
