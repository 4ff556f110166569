//! Round trips through the file, rules between records, and opening beside or after another process.

use std::path::Path;

use model::Id;
use tempfile::TempDir;

use super::*;

fn id(value: u64) -> Id {
    Id::new(value).unwrap()
}

fn organization(value: u64, name: &str) -> Organization {
    Organization { id: id(value), name: name.into(), description: String::new(), created_at_ns: 1, updated_at_ns: 2 }
}

fn user(value: u64, name: &str) -> User {
    User { id: id(value), name: name.into(), status: Status::Active }
}

fn bucket(value: u64, org: u64, name: &str) -> Bucket {
    Bucket {
        id: id(value),
        org_id: id(org),
        name: name.into(),
        kind: BucketType::User,
        description: "water".into(),
        retention_policy: None,
        retention_ns: 0,
        shard_group_ns: model::default_shard_group_ns(None),
        schema_type: None,
        created_at_ns: 3,
        updated_at_ns: 4,
    }
}

fn authorization(value: u64, hash: &str) -> Authorization {
    Authorization {
        id: id(value),
        token_sha256: hash.into(),
        status: Status::Active,
        description: "reader".into(),
        org_id: id(1),
        user_id: id(2),
        permissions: vec![
            Permission::on(Action::Read, ResourceType::Buckets, id(1), id(3)),
            Permission::global(Action::Write, ResourceType::NotificationEndpoints),
        ],
        created_at_ns: 5,
        updated_at_ns: 6,
    }
}

/// Organisation 1, user 2 with a password and as owner, bucket 3 with a mapping 5, authorization 4.
fn fill(catalog: &Catalog) {
    catalog
        .transaction(|t| {
            t.complete_onboarding()?;
            t.put_organization(organization(1, "home"))?;
            t.put_user(user(2, "ann"))?;
            t.put_password_hash(id(2), "$argon2id$x")?;
            t.put_bucket(bucket(3, 1, "sensors"))?;
            t.put_authorization(authorization(4, "aa"))?;
            t.add_membership(Membership { resource_id: id(1), user_id: id(2), role: Role::Owner })?;
            t.put_dbrp(dbrp(5, "db", "autogen"))
        })
        .unwrap();
}

fn dbrp(value: u64, database: &str, policy: &str) -> Dbrp {
    Dbrp {
        id: id(value),
        database: database.into(),
        retention_policy: policy.into(),
        default: false,
        org_id: id(1),
        bucket_id: id(3),
    }
}

fn check_filled(state: &State) {
    assert!(state.is_onboarded());
    assert_eq!(**state.organization_by_name("home").unwrap(), organization(1, "home"));
    assert_eq!(**state.user_by_name("ann").unwrap(), user(2, "ann"));
    assert_eq!(&**state.password_hash(id(2)).unwrap(), "$argon2id$x");
    assert_eq!(**state.bucket_by_name(id(1), "sensors").unwrap(), bucket(3, 1, "sensors"));
    assert_eq!(**state.authorization_by_hash("aa").unwrap(), authorization(4, "aa"));
    assert_eq!(state.memberships().count(), 1);
    assert!(state.dbrp(id(5)).unwrap().default);
    assert_eq!(state.last_id(), Some(id(5)));
}

#[test]
fn what_was_written_is_there_after_reopening() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    fill(&catalog);
    check_filled(&catalog.state());
    drop(catalog);
    check_filled(&Catalog::open(dir.path()).unwrap().state());
}

#[test]
fn names_are_unique_where_they_must_be() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    fill(&catalog);
    let message = |result: Result<(), CatalogError>| result.unwrap_err().to_string();
    assert_eq!(
        message(catalog.transaction(|t| t.put_organization(organization(9, "home")))),
        "organization with name home already exists"
    );
    assert_eq!(message(catalog.transaction(|t| t.put_user(user(9, "ann")))), "user with name ann already exists");
    assert_eq!(
        message(catalog.transaction(|t| t.put_bucket(bucket(9, 1, "sensors")))),
        "bucket with name sensors already exists"
    );
    assert_eq!(message(catalog.transaction(|t| t.put_bucket(bucket(9, 8, "sensors")))), "organization not found");
    assert_eq!(
        message(catalog.transaction(|t| t.put_authorization(authorization(9, "aa")))),
        "authorization with this token already exists; choose another token"
    );
    assert_eq!(
        message(catalog.transaction(|t| t.put_dbrp(dbrp(9, "db", "autogen")))),
        "another DBRP mapping with same orgID, db, and rp exists"
    );
    assert_eq!(message(catalog.transaction(Transaction::complete_onboarding)), "onboarding has already been completed");
    check_filled(&catalog.state());
}

#[test]
fn a_name_is_free_after_a_change() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    fill(&catalog);
    catalog.transaction(|t| t.put_bucket(bucket(3, 1, "Sensors"))).unwrap();
    catalog.transaction(|t| t.put_bucket(bucket(6, 1, "sensors"))).unwrap();
    let state = catalog.state();
    let names: Vec<&str> = state.buckets_of(id(1)).map(|b| b.name.as_str()).collect();
    assert_eq!(names, ["Sensors", "sensors"]);
    assert_eq!(state.bucket_by_name(id(1), "sensors").unwrap().id, id(6));
}

#[test]
fn a_failing_transaction_changes_nothing() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    fill(&catalog);
    let result: Result<(), CatalogError> = catalog.transaction(|t| {
        t.put_user(user(7, "bob"))?;
        t.remove_organization(id(1))?;
        t.put_user(user(8, "bob"))
    });
    assert!(matches!(result, Err(CatalogError::NameTaken { kind: Kind::User, .. })));
    check_filled(&catalog.state());
    drop(catalog);
    check_filled(&Catalog::open(dir.path()).unwrap().state());
}

#[test]
fn an_organization_takes_what_it_owns_with_it() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    fill(&catalog);
    let buckets = catalog.transaction(|t| t.remove_organization(id(1))).unwrap();
    assert_eq!(buckets, [id(3)]);
    drop(catalog);
    let state = Catalog::open(dir.path()).unwrap().state();
    assert_eq!(state.organizations().count() + state.buckets().count() + state.authorizations().count(), 0);
    assert_eq!(state.memberships().count() + state.dbrps().count(), 0);
    assert_eq!(state.users().count(), 1);
}

#[test]
fn a_removed_user_leaves_its_authorizations() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    fill(&catalog);
    catalog.transaction(|t| t.remove_user(id(2))).unwrap();
    let state = catalog.state();
    assert!(state.password_hash(id(2)).is_none() && state.user_by_name("ann").is_none());
    assert_eq!((state.memberships().count(), state.authorizations().count()), (0, 1));
}

#[test]
fn one_mapping_of_a_database_is_the_default() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    fill(&catalog);
    catalog.transaction(|t| t.put_dbrp(dbrp(6, "db", "weekly"))).unwrap();
    assert!(!catalog.state().dbrp(id(6)).unwrap().default);
    catalog.transaction(|t| t.put_dbrp(Dbrp { default: true, ..dbrp(6, "db", "weekly") })).unwrap();
    assert!(!catalog.state().dbrp(id(5)).unwrap().default);
    catalog.transaction(|t| t.remove_dbrp(id(6))).unwrap();
    assert!(catalog.state().dbrp(id(5)).unwrap().default);
}

#[test]
fn a_reader_beside_a_writer_sees_what_was_committed() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    fill(&catalog);
    let reader = Catalog::open_read_only(dir.path()).unwrap();
    check_filled(&reader.state());
    let refused: Result<(), CatalogError> = reader.transaction(|t| t.put_user(user(7, "bob")));
    assert!(matches!(refused, Err(CatalogError::ReadOnly { .. })));
    catalog.transaction(|t| t.put_user(user(7, "bob"))).unwrap();
    assert!(Catalog::open_read_only(dir.path()).unwrap().state().user(id(7)).is_some());
}

#[test]
fn a_second_writer_is_refused() {
    let dir = TempDir::new().unwrap();
    let _catalog = Catalog::open(dir.path()).unwrap();
    assert!(matches!(Catalog::open(dir.path()), Err(CatalogError::InUse { .. })));
}

/// A copy taken while the file is open for writing is what a crash leaves behind.
fn crashed_copy(of: &Path) -> TempDir {
    let dir = TempDir::new().unwrap();
    std::fs::copy(of.join(FILE_NAME), dir.path().join(FILE_NAME)).unwrap();
    dir
}

#[test]
fn after_a_crash_everything_committed_is_there() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    fill(&catalog);
    let crashed = crashed_copy(dir.path());
    let before = std::fs::read(crashed.path().join(FILE_NAME)).unwrap();
    check_filled(&Catalog::open_read_only(crashed.path()).unwrap().state());
    assert_eq!(std::fs::read(crashed.path().join(FILE_NAME)).unwrap(), before, "reading changes nothing");
    let reopened = Catalog::open(crashed.path()).unwrap();
    check_filled(&reopened.state());
    reopened.transaction(|t| t.put_user(user(7, "bob"))).unwrap();
    assert!(reopened.state().user_by_name("bob").is_some());
}

#[test]
fn a_missing_file_is_named() {
    let dir = TempDir::new().unwrap();
    let error = Catalog::open_read_only(dir.path()).unwrap_err();
    assert!(matches!(error, CatalogError::Missing { .. }), "{error:?}");
}

#[test]
fn a_file_that_is_no_catalogue_is_an_error() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join(FILE_NAME), vec![7; 10_000]).unwrap();
    for error in [Catalog::open(dir.path()).unwrap_err(), Catalog::open_read_only(dir.path()).unwrap_err()] {
        assert!(error.to_string().contains(FILE_NAME), "{error}");
    }
}

#[test]
fn a_newer_version_is_refused_by_name() {
    let dir = TempDir::new().unwrap();
    drop(Catalog::open(dir.path()).unwrap());
    let database = redb::Database::create(dir.path().join(FILE_NAME)).unwrap();
    let write = database.begin_write().unwrap();
    write.open_table(redb::TableDefinition::<&str, u64>::new("meta")).unwrap().insert("version", VERSION + 1).unwrap();
    write.commit().unwrap();
    drop(database);
    for error in [Catalog::open(dir.path()).unwrap_err(), Catalog::open_read_only(dir.path()).unwrap_err()] {
        assert!(matches!(error, CatalogError::Version { found: 2, known: 1, .. }), "{error}");
    }
}

#[test]
fn permissions_read_as_on_the_wire() {
    let text = r#"{"action":"read","resource":{"type":"buckets","id":"00000000000000ab","orgID":"00000000000000cd"}}"#;
    let permission: Permission = serde_json::from_str(text).unwrap();
    assert_eq!(permission, Permission::on(Action::Read, ResourceType::Buckets, id(0xcd), id(0xab)));
    assert_eq!(serde_json::to_string(&permission).unwrap(), text);
    assert_eq!(permission.to_string(), "read:orgs/00000000000000cd/buckets/00000000000000ab");
    assert_eq!(Permission::global(Action::Write, ResourceType::Users).to_string(), "write:users");
    assert_eq!("notificationRules".parse(), Ok(ResourceType::NotificationRules));
    assert!("boats".parse::<ResourceType>().is_err());
    assert_eq!(ResourceType::ALL.len(), 23);
}

fn login(value: u64, name: &str) -> Login {
    Login { name: name.into(), password_hash: Some("$argon2id$x".into()), authorization: authorization(value, "") }
}

fn label(value: u64, name: &str) -> Label {
    Label { id: id(value), org_id: id(1), name: name.into(), properties: [("color".into(), "blue".into())].into() }
}

#[test]
fn logins_and_labels_are_kept_and_go_with_what_they_belong_to() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(dir.path()).unwrap();
    fill(&catalog);
    let message = |result: Result<(), CatalogError>| result.unwrap_err().to_string();
    catalog
        .transaction(|t| {
            t.put_login(login(6, "telegraf"))?;
            t.put_label(label(7, "Calm"))?;
            t.put_label(label(8, "storm"))?;
            t.add_mark(id(3), id(7))?;
            t.add_mark(id(3), id(8))
        })
        .unwrap();
    assert_eq!(message(catalog.transaction(|t| t.put_login(login(9, "telegraf")))), "token already exists");
    assert_eq!(message(catalog.transaction(|t| t.put_label(label(9, "CALM")))), "label with name CALM already exists");
    assert_eq!(
        message(catalog.transaction(|t| t.add_mark(id(3), id(7)))),
        "Cannot add label, label already exists on resource"
    );
    assert_eq!(message(catalog.transaction(|t| t.add_mark(id(3), id(9)))), "label not found");
    drop(catalog);

    let catalog = Catalog::open(dir.path()).unwrap();
    let state = catalog.state();
    assert_eq!(**state.login_by_name("telegraf").unwrap(), login(6, "telegraf"));
    assert!(!format!("{:?}", state.login(id(6)).unwrap()).contains("argon2id"));
    assert_eq!(state.labels_of(id(3)).map(|l| l.name.as_str()).collect::<Vec<_>>(), ["Calm", "storm"]);
    assert_eq!(state.last_id(), Some(id(8)));
    catalog.transaction(|t| t.remove_label(id(7))).unwrap();
    assert_eq!(catalog.state().labels_of(id(3)).count(), 1);
    catalog.transaction(|t| t.remove_bucket(id(3))).unwrap();
    assert_eq!(catalog.state().labels_of(id(3)).count(), 0);
    catalog.transaction(|t| t.remove_organization(id(1))).unwrap();
    drop(catalog);
    let state = Catalog::open_read_only(dir.path()).unwrap().state();
    assert_eq!((state.logins().count(), state.labels().count(), state.labels_of(id(3)).count()), (0, 0, 0));
}
