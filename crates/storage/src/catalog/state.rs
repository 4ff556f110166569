//! [`State`]: everything that the catalogue holds, in memory, with its indexes by name.
//!
//! A state never changes once it is visible: a [`super::Transaction`] works on a copy, whose records are shared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ahash::AHashMap;
use model::Id;

use super::record::{Authorization, Bucket, Dbrp, Label, Login, Membership, Organization, User};

/// What the catalogue holds at one moment. Indexes are made of the records when the file is opened, so the two cannot
/// disagree on disk.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub(super) onboarded: bool,
    pub(super) organizations: BTreeMap<Id, Arc<Organization>>,
    pub(super) organization_by_name: AHashMap<Arc<str>, Id>,
    pub(super) users: BTreeMap<Id, Arc<User>>,
    pub(super) user_by_name: AHashMap<Arc<str>, Id>,
    pub(super) password_hashes: BTreeMap<Id, Arc<str>>,
    pub(super) buckets: BTreeMap<Id, Arc<Bucket>>,
    pub(super) bucket_by_name: BTreeMap<(Id, Arc<str>), Id>,
    pub(super) authorizations: BTreeMap<Id, Arc<Authorization>>,
    pub(super) authorization_by_hash: AHashMap<Arc<str>, Id>,
    pub(super) memberships: BTreeSet<Membership>,
    pub(super) dbrps: BTreeMap<Id, Arc<Dbrp>>,
    pub(super) logins: BTreeMap<Id, Arc<Login>>,
    pub(super) labels: BTreeMap<Id, Arc<Label>>,
    /// What bears a label, and the label.
    pub(super) labelled: BTreeSet<(Id, Id)>,
}

impl State {
    /// Whether the folder was set up.
    pub fn is_onboarded(&self) -> bool {
        self.onboarded
    }

    /// All organisations by identifier, which is the order of their creation.
    pub fn organizations(&self) -> impl Iterator<Item = &Arc<Organization>> {
        self.organizations.values()
    }

    /// The organisation with this identifier.
    pub fn organization(&self, id: Id) -> Option<&Arc<Organization>> {
        self.organizations.get(&id)
    }

    /// The organisation of this name.
    pub fn organization_by_name(&self, name: &str) -> Option<&Arc<Organization>> {
        self.organizations.get(self.organization_by_name.get(name)?)
    }

    /// All users by identifier.
    pub fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.users.values()
    }

    /// The user with this identifier.
    pub fn user(&self, id: Id) -> Option<&Arc<User>> {
        self.users.get(&id)
    }

    /// The user of this name.
    pub fn user_by_name(&self, name: &str) -> Option<&Arc<User>> {
        self.users.get(self.user_by_name.get(name)?)
    }

    /// The hash of a user's password, in the PHC string format; `None` if the user cannot sign in.
    pub fn password_hash(&self, user: Id) -> Option<&Arc<str>> {
        self.password_hashes.get(&user)
    }

    /// All buckets by identifier.
    pub fn buckets(&self) -> impl Iterator<Item = &Arc<Bucket>> {
        self.buckets.values()
    }

    /// The buckets of one organisation by name, in byte order.
    pub fn buckets_of(&self, org: Id) -> impl Iterator<Item = &Arc<Bucket>> {
        let first = (org, Arc::from(""));
        self.bucket_by_name
            .range(first..)
            .take_while(move |((of, _), _)| *of == org)
            .filter_map(|(_, id)| self.buckets.get(id))
    }

    /// The bucket with this identifier.
    pub fn bucket(&self, id: Id) -> Option<&Arc<Bucket>> {
        self.buckets.get(&id)
    }

    /// The bucket of this name in an organisation.
    pub fn bucket_by_name(&self, org: Id, name: &str) -> Option<&Arc<Bucket>> {
        self.buckets.get(self.bucket_by_name.get(&(org, Arc::from(name)))?)
    }

    /// All authorizations by identifier.
    pub fn authorizations(&self) -> impl Iterator<Item = &Arc<Authorization>> {
        self.authorizations.values()
    }

    /// The authorization with this identifier.
    pub fn authorization(&self, id: Id) -> Option<&Arc<Authorization>> {
        self.authorizations.get(&id)
    }

    /// The authorization whose token has this SHA-256, in lower-case hexadecimal digits.
    pub fn authorization_by_hash(&self, token_sha256: &str) -> Option<&Arc<Authorization>> {
        self.authorizations.get(self.authorization_by_hash.get(token_sha256)?)
    }

    /// All memberships, by resource, then by user.
    pub fn memberships(&self) -> impl Iterator<Item = &Membership> {
        self.memberships.iter()
    }

    /// The members and owners of an organisation or a bucket.
    pub fn memberships_of(&self, resource: Id) -> impl Iterator<Item = &Membership> {
        self.memberships.iter().filter(move |m| m.resource_id == resource)
    }

    /// What a user is a member or an owner of.
    pub fn memberships_of_user(&self, user: Id) -> impl Iterator<Item = &Membership> {
        self.memberships.iter().filter(move |m| m.user_id == user)
    }

    /// All DBRP mappings by identifier.
    pub fn dbrps(&self) -> impl Iterator<Item = &Arc<Dbrp>> {
        self.dbrps.values()
    }

    /// The DBRP mapping with this identifier.
    pub fn dbrp(&self, id: Id) -> Option<&Arc<Dbrp>> {
        self.dbrps.get(&id)
    }

    /// All logins of version 1 by identifier.
    pub fn logins(&self) -> impl Iterator<Item = &Arc<Login>> {
        self.logins.values()
    }

    /// The login with this identifier.
    pub fn login(&self, id: Id) -> Option<&Arc<Login>> {
        self.logins.get(&id)
    }

    /// The login of this name.
    pub fn login_by_name(&self, name: &str) -> Option<&Arc<Login>> {
        self.logins.values().find(|login| login.name == name)
    }

    /// All labels by identifier.
    pub fn labels(&self) -> impl Iterator<Item = &Arc<Label>> {
        self.labels.values()
    }

    /// The label with this identifier.
    pub fn label(&self, id: Id) -> Option<&Arc<Label>> {
        self.labels.get(&id)
    }

    /// The labels that something bears, by identifier.
    pub fn labels_of(&self, resource: Id) -> impl Iterator<Item = &Arc<Label>> {
        let borne = self.labelled.iter().filter(move |(of, _)| *of == resource);
        borne.filter_map(|(_, label)| self.labels.get(label))
    }

    /// The highest identifier in use, whatever it identifies; new ones are higher, so that their order is the order of
    /// creation and none is given twice.
    pub fn last_id(&self) -> Option<Id> {
        let last = |id: Option<&Id>| id.copied();
        [
            last(self.organizations.keys().next_back()),
            last(self.users.keys().next_back()),
            last(self.buckets.keys().next_back()),
            last(self.authorizations.keys().next_back()),
            last(self.dbrps.keys().next_back()),
            last(self.logins.keys().next_back()),
            last(self.labels.keys().next_back()),
        ]
        .into_iter()
        .flatten()
        .max()
    }
}
