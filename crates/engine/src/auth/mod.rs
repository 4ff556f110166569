//! Who asks, and what they may do: InfluxDB 2's model of tokens, sessions and permissions.

mod login;
pub(crate) mod password;
mod permissions;
mod principal;
pub(crate) mod proven;
mod recognise;
pub(crate) mod session;
pub(crate) mod token;

pub use permissions::{PermissionSet, operator_permissions, org_member_permissions, org_owner_permissions};
pub use principal::{AuthError, Credential, Denied, Principal, SessionGrant};

#[cfg(test)]
mod tests;
