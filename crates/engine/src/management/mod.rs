//! Managing what a folder holds: onboarding, organisations, users, buckets, authorizations, logins of version 1, labels.
//!
//! Nothing here checks permissions, except where a rule compares two sets: a front end asks
//! [`crate::auth::Principal::check`] first. Reads come from memory; changes are one durable transaction each.

mod authorizations;
mod buckets;
mod dbrps;
mod labels;
mod logins;
mod onboarding;
mod organizations;
mod requests;
mod users;

pub use dbrps::{DbrpChange, Mapping, NewDbrp};
pub use labels::{LabelChange, NewLabel};
pub use requests::{
    AuthorizationChange, AuthorizationFilter, BucketChange, BucketFilter, CreatedAuthorization, NewAuthorization,
    NewBucket, NewOrganization, NewUser, Onboarded, OnboardingRequest, OrganizationChange, UserChange,
};
