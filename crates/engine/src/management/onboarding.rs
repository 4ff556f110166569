//! Onboarding: the first user, organisation, bucket and token of a folder.

use storage::catalog::{CatalogError, Membership, Role, Status};

use super::{
    NewAuthorization, NewBucket, NewOrganization, Onboarded, OnboardingRequest, authorizations, buckets, organizations,
    users,
};
use crate::auth::{operator_permissions, password};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ids;

/// Onboarding.
impl Engine {
    /// Whether the folder was set up.
    pub fn is_onboarded(&self) -> bool {
        self.catalog().state().is_onboarded()
    }

    /// Sets the folder up: first user, organisation with its system buckets, bucket and operator token.
    pub async fn onboard(&self, request: OnboardingRequest) -> Result<Onboarded, EngineError> {
        if self.is_onboarded() {
            return Err(CatalogError::OnboardedAlready.into());
        }
        check_fields(&request)?;
        self.changing_buckets(move |engine| {
            let hash = request.password.as_deref().map(password::hash).transpose()?;
            let now_ns = engine.now_ns();
            let (onboarded, mut made) = engine.catalog().transaction(|t| {
                t.complete_onboarding()?;
                let user = users::create(t, users::named(&request.username), now_ns)?;
                if let Some(hash) = hash {
                    t.put_password_hash(user.id, &hash)?;
                }
                let organization =
                    NewOrganization { name: request.org, description: String::new(), owner: Some(user.id) };
                let (org, made) = organizations::create(t, organization, now_ns)?;
                t.add_membership(Membership { resource_id: ids::instance(), user_id: user.id, role: Role::Owner })?;
                let bucket = NewBucket { retention_ns: request.retention_ns, ..NewBucket::new(org.id, request.bucket) };
                let bucket = buckets::create(t, bucket, now_ns)?;
                let authorization = NewAuthorization {
                    org_id: org.id,
                    user_id: user.id,
                    permissions: operator_permissions(),
                    description: format!("{}'s Token", user.name),
                    status: Status::Active,
                    token: request.token,
                };
                let authorization = authorizations::create(t, authorization, now_ns)?;
                Ok::<_, EngineError>((Onboarded { user, org, bucket, authorization }, made))
            })?;
            made.push(onboarded.bucket.clone());
            engine.register_buckets(&made)?;
            Ok(onboarded)
        })
        .await
    }
}

/// Names what is missing, in InfluxDB's order; a password that is given must be acceptable.
fn check_fields(request: &OnboardingRequest) -> Result<(), EngineError> {
    let fields = [("username", &request.username), ("org", &request.org), ("bucket", &request.bucket)];
    let missing: Vec<&'static str> =
        fields.into_iter().filter(|(_, text)| text.is_empty()).map(|(name, _)| name).collect();
    if !missing.is_empty() {
        return Err(EngineError::OnboardingFields(missing));
    }
    request.password.as_deref().map_or(Ok(()), password::check_length)
}
