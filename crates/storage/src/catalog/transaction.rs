//! [`Transaction`]: changes that become visible and durable together, checked against each other.

use std::sync::Arc;

use model::Id;

use super::error::{CatalogError, Kind};
use super::record::{Authorization, Bucket, Dbrp, Label, Login, Membership, Organization, User};
use super::state::State;

/// One change, as it goes to disk.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Organization(Id, Option<Arc<Organization>>),
    User(Id, Option<Arc<User>>),
    PasswordHash(Id, Option<Arc<str>>),
    Bucket(Id, Option<Arc<Bucket>>),
    Authorization(Id, Option<Arc<Authorization>>),
    /// `true` adds it.
    Membership(Membership, bool),
    Dbrp(Id, Option<Arc<Dbrp>>),
    Login(Id, Option<Arc<Login>>),
    Label(Id, Option<Arc<Label>>),
    /// What bears which label; `true` adds it.
    Labelled(Id, Id, bool),
    Onboarded,
}

/// Changes on a copy of the state. Each method checks what must be true of it (names are unique, owners exist); reads see
/// the changes made so far.
#[derive(Debug)]
pub struct Transaction {
    pub(super) state: State,
    pub(super) changes: Vec<Change>,
}

impl Transaction {
    pub(super) fn new(state: State) -> Self {
        Self { state, changes: Vec::new() }
    }

    /// The state with the changes made so far.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Marks the folder as set up.
    pub fn complete_onboarding(&mut self) -> Result<(), CatalogError> {
        if self.state.onboarded {
            return Err(CatalogError::OnboardedAlready);
        }
        self.state.onboarded = true;
        self.changes.push(Change::Onboarded);
        Ok(())
    }

    /// Adds an organisation or replaces the one with its identifier.
    pub fn put_organization(&mut self, organization: Organization) -> Result<(), CatalogError> {
        let (id, name) = (organization.id, Arc::<str>::from(organization.name.as_str()));
        let taken = self.state.organization_by_name.get(&name).is_some_and(|other| *other != id);
        if taken {
            return Err(CatalogError::NameTaken { kind: Kind::Organization, name: organization.name });
        }
        if let Some(old) = self.state.organizations.get(&id) {
            self.state.organization_by_name.remove(old.name.as_str());
        }
        let record = Arc::new(organization);
        self.state.organization_by_name.insert(name, id);
        self.state.organizations.insert(id, Arc::clone(&record));
        self.changes.push(Change::Organization(id, Some(record)));
        Ok(())
    }

    /// Removes an organisation with its buckets, authorizations, logins, labels, mappings and memberships; gives the buckets' identifiers.
    pub fn remove_organization(&mut self, id: Id) -> Result<Vec<Id>, CatalogError> {
        let record = self.state.organizations.remove(&id).ok_or(CatalogError::NotFound { kind: Kind::Organization })?;
        self.state.organization_by_name.remove(record.name.as_str());
        self.changes.push(Change::Organization(id, None));
        let buckets: Vec<Id> = self.state.buckets_of(id).map(|b| b.id).collect();
        for bucket in &buckets {
            self.remove_bucket(*bucket)?;
        }
        let authorizations: Vec<Id> = self.state.authorizations().filter(|a| a.org_id == id).map(|a| a.id).collect();
        for authorization in authorizations {
            self.remove_authorization(authorization)?;
        }
        let logins: Vec<Id> =
            self.state.logins().filter(|l| l.authorization.org_id == id).map(|l| l.authorization.id).collect();
        for login in logins {
            self.remove_login(login)?;
        }
        let labels: Vec<Id> = self.state.labels().filter(|l| l.org_id == id).map(|l| l.id).collect();
        for label in labels {
            self.remove_label(label)?;
        }
        self.remove_memberships(|m| m.resource_id == id);
        Ok(buckets)
    }

    /// Adds a user or replaces the one with its identifier.
    pub fn put_user(&mut self, user: User) -> Result<(), CatalogError> {
        let (id, name) = (user.id, Arc::<str>::from(user.name.as_str()));
        if self.state.user_by_name.get(&name).is_some_and(|other| *other != id) {
            return Err(CatalogError::NameTaken { kind: Kind::User, name: user.name });
        }
        if let Some(old) = self.state.users.get(&id) {
            self.state.user_by_name.remove(old.name.as_str());
        }
        let record = Arc::new(user);
        self.state.user_by_name.insert(name, id);
        self.state.users.insert(id, Arc::clone(&record));
        self.changes.push(Change::User(id, Some(record)));
        Ok(())
    }

    /// Removes a user with its password and memberships. Its authorizations stay, as in InfluxDB 2.
    pub fn remove_user(&mut self, id: Id) -> Result<(), CatalogError> {
        let record = self.state.users.remove(&id).ok_or(CatalogError::NotFound { kind: Kind::User })?;
        self.state.user_by_name.remove(record.name.as_str());
        self.changes.push(Change::User(id, None));
        if self.state.password_hashes.remove(&id).is_some() {
            self.changes.push(Change::PasswordHash(id, None));
        }
        self.remove_memberships(|m| m.user_id == id);
        Ok(())
    }

    /// Sets the hash of a user's password.
    pub fn put_password_hash(&mut self, user: Id, hash: &str) -> Result<(), CatalogError> {
        if !self.state.users.contains_key(&user) {
            return Err(CatalogError::NotFound { kind: Kind::User });
        }
        let hash = Arc::<str>::from(hash);
        self.state.password_hashes.insert(user, Arc::clone(&hash));
        self.changes.push(Change::PasswordHash(user, Some(hash)));
        Ok(())
    }

    /// Adds a bucket or replaces the one with its identifier.
    pub fn put_bucket(&mut self, bucket: Bucket) -> Result<(), CatalogError> {
        if !self.state.organizations.contains_key(&bucket.org_id) {
            return Err(CatalogError::NotFound { kind: Kind::Organization });
        }
        let (id, key) = (bucket.id, (bucket.org_id, Arc::<str>::from(bucket.name.as_str())));
        if self.state.bucket_by_name.get(&key).is_some_and(|other| *other != id) {
            return Err(CatalogError::NameTaken { kind: Kind::Bucket, name: bucket.name });
        }
        if let Some(old) = self.state.buckets.get(&id) {
            self.state.bucket_by_name.remove(&(old.org_id, Arc::from(old.name.as_str())));
        }
        let record = Arc::new(bucket);
        self.state.bucket_by_name.insert(key, id);
        self.state.buckets.insert(id, Arc::clone(&record));
        self.changes.push(Change::Bucket(id, Some(record)));
        Ok(())
    }

    /// Removes a bucket with its mappings, memberships and marks.
    pub fn remove_bucket(&mut self, id: Id) -> Result<(), CatalogError> {
        let record = self.state.buckets.remove(&id).ok_or(CatalogError::NotFound { kind: Kind::Bucket })?;
        self.state.bucket_by_name.remove(&(record.org_id, Arc::from(record.name.as_str())));
        self.changes.push(Change::Bucket(id, None));
        let dbrps: Vec<Id> = self.state.dbrps().filter(|d| d.bucket_id == id).map(|d| d.id).collect();
        for dbrp in dbrps {
            self.remove_dbrp(dbrp)?;
        }
        self.remove_marks(|resource, _| resource == id);
        self.remove_memberships(|m| m.resource_id == id);
        Ok(())
    }

    /// Adds an authorization or replaces the one with its identifier.
    pub fn put_authorization(&mut self, authorization: Authorization) -> Result<(), CatalogError> {
        let (id, hash) = (authorization.id, Arc::<str>::from(authorization.token_sha256.as_str()));
        if self.state.authorization_by_hash.get(&hash).is_some_and(|other| *other != id) {
            return Err(CatalogError::TokenTaken);
        }
        if let Some(old) = self.state.authorizations.get(&id) {
            self.state.authorization_by_hash.remove(old.token_sha256.as_str());
        }
        let record = Arc::new(authorization);
        self.state.authorization_by_hash.insert(hash, id);
        self.state.authorizations.insert(id, Arc::clone(&record));
        self.changes.push(Change::Authorization(id, Some(record)));
        Ok(())
    }

    /// Removes an authorization.
    pub fn remove_authorization(&mut self, id: Id) -> Result<(), CatalogError> {
        let record =
            self.state.authorizations.remove(&id).ok_or(CatalogError::NotFound { kind: Kind::Authorization })?;
        self.state.authorization_by_hash.remove(record.token_sha256.as_str());
        self.changes.push(Change::Authorization(id, None));
        Ok(())
    }

    /// Makes a user a member or an owner; a user has one part in a resource.
    pub fn add_membership(&mut self, membership: Membership) -> Result<(), CatalogError> {
        let Membership { resource_id, user_id, .. } = membership;
        if !self.state.users.contains_key(&user_id) {
            return Err(CatalogError::NotFound { kind: Kind::User });
        }
        if let Some(held) = self.state.memberships_of(resource_id).find(|m| m.user_id == user_id) {
            return Err(CatalogError::MemberAlready { user: user_id, resource: resource_id, role: held.role });
        }
        self.state.memberships.insert(membership);
        self.changes.push(Change::Membership(membership, true));
        Ok(())
    }

    /// Ends a membership.
    pub fn remove_membership(&mut self, membership: Membership) -> Result<(), CatalogError> {
        if !self.state.memberships.remove(&membership) {
            return Err(CatalogError::NotFound { kind: Kind::Membership });
        }
        self.changes.push(Change::Membership(membership, false));
        Ok(())
    }

    /// Adds a DBRP mapping or replaces the one with its identifier. The first of a database becomes its default; a new
    /// default takes the place of the old one.
    pub fn put_dbrp(&mut self, mut dbrp: Dbrp) -> Result<(), CatalogError> {
        if !self.state.buckets.contains_key(&dbrp.bucket_id) {
            return Err(CatalogError::NotFound { kind: Kind::Bucket });
        }
        let siblings: Vec<Arc<Dbrp>> = self
            .state
            .dbrps()
            .filter(|other| other.id != dbrp.id && other.org_id == dbrp.org_id && other.database == dbrp.database)
            .cloned()
            .collect();
        if siblings.iter().any(|other| other.retention_policy == dbrp.retention_policy) {
            return Err(CatalogError::DbrpTaken);
        }
        dbrp.default |= siblings.is_empty();
        if dbrp.default {
            for sibling in siblings.iter().filter(|s| s.default) {
                self.store_dbrp(Dbrp { default: false, ..(**sibling).clone() });
            }
        }
        self.store_dbrp(dbrp);
        Ok(())
    }

    /// Removes a DBRP mapping; another one of its database becomes the default if it was.
    pub fn remove_dbrp(&mut self, id: Id) -> Result<(), CatalogError> {
        let record = self.state.dbrps.remove(&id).ok_or(CatalogError::NotFound { kind: Kind::Dbrp })?;
        self.changes.push(Change::Dbrp(id, None));
        let heir = self.state.dbrps().find(|d| d.org_id == record.org_id && d.database == record.database).cloned();
        if let (true, Some(heir)) = (record.default, heir) {
            self.store_dbrp(Dbrp { default: true, ..(*heir).clone() });
        }
        Ok(())
    }

    fn store_dbrp(&mut self, dbrp: Dbrp) {
        let (id, record) = (dbrp.id, Arc::new(dbrp));
        self.state.dbrps.insert(id, Arc::clone(&record));
        self.changes.push(Change::Dbrp(id, Some(record)));
    }

    fn remove_memberships(&mut self, chosen: impl Fn(&Membership) -> bool) {
        let gone: Vec<Membership> = self.state.memberships.iter().filter(|m| chosen(m)).copied().collect();
        for membership in gone {
            self.state.memberships.remove(&membership);
            self.changes.push(Change::Membership(membership, false));
        }
    }
}
