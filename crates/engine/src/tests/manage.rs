//! Onboarding, organisations, users, buckets and authorizations.

use super::*;
use crate::management::*;

const HOUR_NS: i64 = 3_600_000_000_000;

#[tokio::test]
async fn onboarding_makes_what_a_person_needs_once() {
    let dir = TempDir::new().unwrap();
    let engine = Engine::open(EngineOptions::new(dir.path())).await.unwrap();
    assert!(!engine.is_onboarded());
    let refusal = |request| async { engine.onboard(request).await.unwrap_err() };
    let missing = refusal(OnboardingRequest { org: "o".into(), ..OnboardingRequest::default() }).await;
    assert_eq!(missing.to_string(), "onboarding failed: missing required fields [username,bucket]");
    assert_eq!(missing.class(), ErrorClass::Unprocessable);
    let short = refusal(OnboardingRequest { password: Some("short".into()), ..request() }).await;
    assert_eq!((short.class(), engine.is_onboarded()), (ErrorClass::Invalid, false));

    let made = engine.onboard(request()).await.unwrap();
    assert!(engine.is_onboarded());
    assert_eq!(made.authorization.token, "keepers-token");
    assert_eq!(made.authorization.authorization.description, "keeper's Token");
    let buckets = engine.buckets(&BucketFilter { org_id: Some(made.org.id), ..BucketFilter::default() });
    let told: Vec<_> =
        buckets.iter().map(|b| (b.name.as_str(), b.retention_ns / HOUR_NS, b.shard_group_ns / HOUR_NS)).collect();
    assert_eq!(told, [("_monitoring", 168, 24), ("_tasks", 72, 24), ("lamp", 0, 168)]);

    let again = refusal(request()).await;
    assert_eq!(
        (again.to_string().as_str(), again.class()),
        ("onboarding has already been completed", ErrorClass::Conflict)
    );
    engine.close().await.unwrap();
}

#[tokio::test]
async fn without_a_token_a_random_one_is_made() {
    let dir = TempDir::new().unwrap();
    let engine = Engine::open(EngineOptions::new(dir.path())).await.unwrap();
    let made = engine.onboard(OnboardingRequest { token: Some(String::new()), ..request() }).await.unwrap();
    assert_eq!(made.authorization.token.len(), 88);
    assert!(engine.authenticate_token(&made.authorization.token).is_ok());
}

#[tokio::test]
async fn buckets_live_and_are_refused_in_influxdb_s_words() {
    let house = House::new().await;
    let (engine, org) = (&house.engine, house.org());
    let day = NewBucket { retention_ns: 24 * HOUR_NS, ..NewBucket::new(org, "lock") };
    let lock = engine.create_bucket(day.clone()).await.unwrap();
    assert_eq!((lock.shard_group_ns, lock.kind), (HOUR_NS, BucketType::User));
    let change =
        BucketChange { name: Some("lock2".into()), retention_ns: Some(168 * HOUR_NS), ..BucketChange::default() };
    let changed = engine.update_bucket(lock.id, change).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.shard_group_ns), ("lock2", HOUR_NS), "the shard group stays");
    assert_eq!(engine.bucket_by_name(org, "lock2").unwrap(), changed);

    let create = |bucket| async { engine.create_bucket(bucket).await.unwrap_err() };
    let update = |change| async { engine.update_bucket(lock.id, change).await.unwrap_err() };
    let named = |name: &str| NewBucket::new(org, name);
    let kept = |retention_ns| NewBucket { retention_ns, ..NewBucket::new(org, "n") };
    let shards =
        BucketChange { retention_ns: Some(2 * HOUR_NS), shard_group_ns: Some(3 * HOUR_NS), ..BucketChange::default() };
    for (error, class, text) in [
        (
            create(named("_low")).await,
            ErrorClass::Invalid,
            "bucket name _low is invalid. Buckets may not start with underscore",
        ),
        (
            create(named("a\"b")).await,
            ErrorClass::Invalid,
            "bucket name a\"b is invalid. Bucket names may not include quotation marks",
        ),
        (create(named("lamp")).await, ErrorClass::Conflict, "bucket with name lamp already exists"),
        (create(kept(-1)).await, ErrorClass::Unprocessable, "expiration seconds cannot be negative"),
        (
            create(kept(HOUR_NS - 1)).await,
            ErrorClass::Unprocessable,
            "retention policy duration must be at least 1h0m0s",
        ),
        (create(NewBucket::new(Id::new(0xab).unwrap(), "n")).await, ErrorClass::NotFound, "organization not found"),
        (
            update(BucketChange { name: Some("lamp".into()), ..BucketChange::default() }).await,
            ErrorClass::Conflict,
            "bucket name is not unique",
        ),
        (
            update(shards).await,
            ErrorClass::Unprocessable,
            "shard-group duration must also be updated to be smaller than new retention duration",
        ),
        (engine.bucket_by_name(org, "nosuch").unwrap_err(), ErrorClass::NotFound, "bucket \"nosuch\" not found"),
    ] {
        assert_eq!((error.to_string().as_str(), error.class()), (text, class));
    }
    engine.delete_bucket(lock.id).await.unwrap();
    assert_eq!(engine.bucket(lock.id).unwrap_err().to_string(), "bucket not found");
    assert_eq!(engine.delete_bucket(lock.id).await.unwrap_err().class(), ErrorClass::NotFound);
}

#[tokio::test]
async fn buckets_of_the_system_stay() {
    let house = House::new().await;
    let tasks = house.engine.bucket_by_name(house.org(), "_tasks").unwrap().id;
    let error = house.engine.delete_bucket(tasks).await.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.class()), ("system buckets cannot be deleted", ErrorClass::Invalid));
    let rename = BucketChange { name: Some("mine".into()), ..BucketChange::default() };
    let error = house.engine.update_bucket(tasks, rename).await.unwrap_err();
    assert_eq!(error.to_string(), "system buckets cannot be renamed");
    let day = BucketChange { retention_ns: Some(24 * HOUR_NS), ..BucketChange::default() };
    assert_eq!(house.engine.update_bucket(tasks, day).await.unwrap().retention_ns, 24 * HOUR_NS);
}

#[tokio::test]
async fn organizations_bring_and_take_their_buckets() {
    let house = House::new().await;
    let new = NewOrganization { name: "isle".into(), owner: Some(house.made.user.id), ..NewOrganization::default() };
    let isle = house.engine.create_organization(new.clone()).await.unwrap();
    let sand = house.engine.create_bucket(NewBucket::new(isle.id, "sand")).await.unwrap();
    assert_eq!(house.engine.buckets(&BucketFilter { org_id: Some(isle.id), ..BucketFilter::default() }).len(), 3);
    assert_eq!(house.engine.memberships(isle.id).len(), 1);
    let taken = house.engine.create_organization(new).await.unwrap_err();
    assert_eq!(taken.to_string(), "organization with name isle already exists");
    let unnamed = house.engine.create_organization(NewOrganization::default()).await.unwrap_err();
    assert_eq!((unnamed.to_string().as_str(), unnamed.class()), ("org name is empty", ErrorClass::Invalid));
    let renamed = OrganizationChange { name: Some("isle2".into()), description: Some("small".into()) };
    assert_eq!(house.engine.update_organization(isle.id, renamed).await.unwrap().description, "small");
    assert_eq!(
        house.engine.organization_by_name("isle").unwrap_err().to_string(),
        "organization name \"isle\" not found"
    );
    house.engine.delete_organization(isle.id).await.unwrap();
    assert_eq!(house.engine.bucket(sand.id).unwrap_err().to_string(), "bucket not found");
    let gone = house.engine.delete_organization(isle.id).await.unwrap_err();
    let text = format!("error deleting organization id: {}: organization not found", isle.id);
    assert_eq!((gone.to_string(), gone.class()), (text, ErrorClass::NotFound));
}

#[tokio::test]
async fn users_sign_in_until_they_are_inactive() {
    let house = House::new().await;
    let engine = &house.engine;
    let mate = engine.create_user(NewUser { name: "mate".into(), ..NewUser::default() }).await.unwrap();
    let unknown = |result: Result<_, EngineError>| result.map(|_: auth::SessionGrant| ()).unwrap_err();
    assert_eq!(
        unknown(engine.sign_in("mate", "anchor-1234").await).class(),
        ErrorClass::Unauthorized,
        "no password yet"
    );
    engine.set_password(mate.id, "anchor-1234").await.unwrap();
    assert_eq!(unknown(engine.sign_in("mate", "anchor-9999").await).to_string(), "unauthorized access");
    let grant = engine.sign_in("mate", "anchor-1234").await.unwrap();
    assert_eq!(engine.authenticate_session(&grant.key).unwrap().user, mate);

    let wrong = engine.change_password(mate.id, "anchor-9999", "anchor-5678").await.unwrap_err();
    assert_eq!(
        (wrong.to_string().as_str(), wrong.class()),
        ("your username or password is incorrect", ErrorClass::Forbidden)
    );
    engine.change_password(mate.id, "anchor-1234", "anchor-5678").await.unwrap();
    let nobody = engine.set_password(Id::new(0xab).unwrap(), "anchor-1234").await.unwrap_err();
    assert_eq!((nobody.to_string().as_str(), nobody.class()), ("your userID is incorrect", ErrorClass::Forbidden));

    let inactive = UserChange { status: Some(Status::Inactive), ..UserChange::default() };
    engine.update_user(mate.id, inactive).await.unwrap();
    let refused = engine.authenticate_session(&grant.key).unwrap_err();
    assert_eq!((refused.to_string().as_str(), refused.class()), ("User is inactive", ErrorClass::Forbidden));
    assert!(engine.sign_in("mate", "anchor-5678").await.is_ok(), "an inactive user can sign in");
    assert!(engine.sign_out(&grant.key) && !engine.sign_out(&grant.key));
    assert_eq!(engine.authenticate_session(&grant.key).unwrap_err(), auth::AuthError::Unknown);
}

#[tokio::test]
async fn authorizations_live_and_are_kept_as_hashes() {
    let house = House::new().await;
    let engine = &house.engine;
    let read = Permission::on(Action::Read, ResourceType::Buckets, house.org(), house.bucket());
    let new = NewAuthorization {
        org_id: house.org(),
        user_id: house.made.user.id,
        permissions: vec![read],
        description: "reader".into(),
        status: Status::Active,
        token: None,
    };
    let made = engine.create_authorization(new.clone()).await.unwrap();
    assert_eq!(engine.authenticate_token(&made.token).unwrap().permissions.as_slice(), [read]);
    assert!(!made.authorization.token_sha256.contains(&made.token));

    let create = |new| async { engine.create_authorization(new).await.unwrap_err() };
    let foreign = Id::new(0xab).unwrap();
    let of_other = Permission::in_org(Action::Read, ResourceType::Buckets, foreign);
    for (new, class, text) in [
        (
            NewAuthorization { permissions: vec![], ..new.clone() },
            ErrorClass::Invalid,
            "authorization must include permissions".to_owned(),
        ),
        (
            NewAuthorization { permissions: vec![of_other], ..new.clone() },
            ErrorClass::Invalid,
            format!("permission read:orgs/{foreign}/buckets is not for org id {}", house.org()),
        ),
        (
            NewAuthorization { user_id: foreign, ..new.clone() },
            ErrorClass::Invalid,
            "unable to create token".to_owned(),
        ),
        (
            NewAuthorization { token: Some("keepers-token".into()), ..new },
            ErrorClass::Conflict,
            "authorization with this token already exists; choose another token".to_owned(),
        ),
    ] {
        let error = create(new).await;
        assert_eq!((error.to_string(), error.class()), (text, class));
    }

    let inactive = AuthorizationChange { status: Some(Status::Inactive), ..AuthorizationChange::default() };
    let changed = engine.update_authorization(made.authorization.id, inactive).await.unwrap();
    assert_eq!((changed.status, changed.description.as_str()), (Status::Inactive, "reader"));
    let principal = engine.authenticate_token(&made.token).unwrap();
    assert_eq!(principal.check(read).unwrap_err().to_string(), "token is inactive");
    engine.delete_authorization(made.authorization.id).await.unwrap();
    assert_eq!(engine.authenticate_token(&made.token).unwrap_err(), auth::AuthError::Unknown);
    assert_eq!(engine.authorizations(&AuthorizationFilter::default()).len(), 1);
}

#[tokio::test]
async fn nobody_hands_on_more_than_they_have() {
    let house = House::new().await;
    let (engine, org) = (&house.engine, house.org());
    let read = Permission::on(Action::Read, ResourceType::Buckets, org, house.bucket());
    let new = NewAuthorization {
        org_id: org,
        user_id: house.made.user.id,
        permissions: vec![read],
        description: String::new(),
        status: Status::Active,
        token: None,
    };
    let scoped = engine.create_authorization(new).await.unwrap().token;
    let scoped = engine.authenticate_token(&scoped).unwrap();
    let operator = engine.authenticate_token("keepers-token").unwrap();
    let all = Permission::in_org(Action::Read, ResourceType::Buckets, org);
    assert!(engine.may_grant(&operator, org, &[read, all]).is_ok());
    assert!(engine.may_grant(&scoped, org, &[read]).is_ok());
    let refused = engine.may_grant(&scoped, org, &[read, all]).unwrap_err();
    let text = format!("permission read:orgs/{org}/buckets is not allowed: read:orgs/{org}/buckets is unauthorized");
    assert_eq!((refused.to_string(), refused.class()), (text, ErrorClass::Forbidden));
}

#[tokio::test]
async fn links_follow_names() {
    let house = House::new().await;
    let link = |path: &str| std::fs::read_link(house.dir.path().join("by-name").join(path)).ok();
    let target = |id: Id| Some(std::path::PathBuf::from(format!("../../data/{id}")));
    assert_eq!(link("lighthouse/lamp"), target(house.bucket()));
    let odd = house.engine.create_bucket(NewBucket::new(house.org(), "../a/b 100%")).await.unwrap();
    assert_eq!(link("lighthouse/%2E.%2Fa%2Fb%20100%25"), target(odd.id));
    let change = BucketChange { name: Some("lens".into()), ..BucketChange::default() };
    house.engine.update_bucket(house.bucket(), change).await.unwrap();
    assert_eq!((link("lighthouse/lamp"), link("lighthouse/lens")), (None, target(house.bucket())));
    let renamed = OrganizationChange { name: Some("tower".into()), ..OrganizationChange::default() };
    house.engine.update_organization(house.org(), renamed).await.unwrap();
    assert_eq!((link("lighthouse/lens"), link("tower/lens")), (None, target(house.bucket())));
    assert!(!house.dir.path().join("by-name/lighthouse").exists());
    house.engine.delete_bucket(odd.id).await.unwrap();
    assert_eq!(link("tower/%2E.%2Fa%2Fb%20100%25"), None);
}
