//! Who asks, and what they may do: InfluxDB 2's model of tokens, sessions and permissions.

mod permissions;
mod principal;

pub use permissions::{PermissionSet, operator_permissions, org_member_permissions, org_owner_permissions};
pub use principal::{AuthError, Credential, Denied, Principal, SessionGrant};
