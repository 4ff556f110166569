//! What a caller may not read must look as if it did not exist, whichever way a script names it.

use super::*;
use crate::auth::Principal;
use crate::management::{NewAuthorization, NewBucket, NewOrganization};

/// Two organisations; `lamp` may be read, `secret` and all of the other organisation may not.
struct Scene {
    house: House,
    secret: Id,
    foreign: Id,
    reader: Principal,
}

async fn scene() -> Scene {
    let house = House::new().await;
    let secret = house.engine.create_bucket(NewBucket::new(house.org(), "secret")).await.unwrap().id;
    let other = NewOrganization { name: "other".into(), ..NewOrganization::default() };
    let other = house.engine.create_organization(other).await.unwrap().id;
    let foreign = house.engine.create_bucket(NewBucket::new(other, "foreign")).await.unwrap().id;
    for bucket in [house.bucket(), secret, foreign] {
        let line = format!("ferry,line=a pax=12i {T0}");
        house.engine.write_line_protocol(bucket, line.as_bytes(), Precision::Seconds).await.unwrap();
    }
    let reader =
        token(&house, vec![Permission::on(Action::Read, ResourceType::Buckets, house.org(), house.bucket())]).await;
    Scene { house, secret, foreign, reader }
}

async fn token(house: &House, permissions: Vec<Permission>) -> Principal {
    let new = NewAuthorization {
        org_id: house.org(),
        user_id: house.made.user.id,
        permissions,
        description: String::new(),
        status: Status::Active,
        token: None,
    };
    let made = house.engine.create_authorization(new).await.unwrap();
    house.engine.authenticate_token(&made.token).unwrap()
}

impl Scene {
    async fn ask(&self, who: &Principal, text: &str) -> Result<String, FluxError> {
        ask(&self.house.engine, text, self.house.engine.query_scope(who, self.house.org())).await
    }

    async fn refused(&self, text: &str, bucket: &str) {
        let error = self.ask(&self.reader, text).await.expect_err(text);
        let wanted = format!("failed to initialize execute state: could not find bucket \"{bucket}\"");
        // A sub-query's error also tells which function asked.
        assert!(error.message.ends_with(&wanted) && error.code == ErrorCode::NotFound, "{text}: {error:?}");
    }
}

#[tokio::test]
async fn from_reads_only_what_may_be_read() {
    let scene = scene().await;
    let range = "|> range(start: 2024-03-04T00:00:00Z, stop: 2024-03-05T00:00:00Z)";
    let lamp = scene.house.bucket();
    for text in [format!("from(bucket: \"lamp\") {range}"), format!("from(bucketID: \"{lamp}\") {range}")] {
        assert!(scene.ask(&scene.reader, &text).await.unwrap().contains("12"), "{text}");
    }
    let (secret, foreign) = (scene.secret, scene.foreign);
    scene.refused(&format!("from(bucket: \"secret\") {range}"), "secret").await;
    scene.refused(&format!("from(bucket: \"nosuch\") {range}"), "nosuch").await;
    scene.refused(&format!("from(bucket: \"foreign\") {range}"), "foreign").await;
    for id in [secret, foreign, Id::new(0xab).unwrap()] {
        scene.refused(&format!("from(bucketID: \"{id}\") {range}"), &id.to_string()).await;
        let text = format!(
            "import \"array\"\nx = from(bucketID: \"{id}\") {range} |> findColumn(fn: (key) => true, column: \"_value\")\n\
             array.from(rows: [{{n: length(arr: x)}}])"
        );
        scene.refused(&text, &id.to_string()).await;
    }
    let operator = scene.house.engine.authenticate_token("keepers-token").unwrap();
    let everywhere = scene.ask(&operator, &format!("from(bucketID: \"{foreign}\") {range}")).await.unwrap();
    assert!(everywhere.contains("12"), "an operator reads other organisations by identifier");
    let error = scene.ask(&operator, &format!("from(bucketID: \"xyz\") {range}")).await.unwrap_err();
    assert_eq!(
        error.message,
        "failed to initialize execute state: invalid bucket id: id must have a length of 16 bytes"
    );
}

#[tokio::test]
async fn schema_functions_and_cardinality_ask_too() {
    let scene = scene().await;
    let schema = "import \"influxdata/influxdb/schema\"\n";
    let influxdb = "import \"influxdata/influxdb\"\n";
    for call in [
        "schema.measurements(bucket: \"BUCKET\")",
        "schema.tagKeys(bucket: \"BUCKET\")",
        "schema.tagValues(bucket: \"BUCKET\", tag: \"line\")",
        "schema.fieldKeys(bucket: \"BUCKET\")",
        "schema.measurementTagKeys(bucket: \"BUCKET\", measurement: \"ferry\")",
        "schema.measurementTagValues(bucket: \"BUCKET\", measurement: \"ferry\", tag: \"line\")",
        "schema.measurementFieldKeys(bucket: \"BUCKET\", measurement: \"ferry\")",
    ] {
        let text = |bucket: &str| format!("{schema}{}", call.replace("BUCKET", bucket));
        assert!(scene.ask(&scene.reader, &text("lamp")).await.is_ok(), "{call}");
        scene.refused(&text("secret"), "secret").await;
    }
    let lamp = scene.house.bucket();
    let cardinality = |what: &str| format!("{influxdb}influxdb.cardinality({what}, start: 2024-03-01T00:00:00Z)");
    assert!(scene.ask(&scene.reader, &cardinality(&format!("bucketID: \"{lamp}\""))).await.is_ok());
    scene.refused(&cardinality("bucket: \"secret\""), "secret").await;
    for id in [scene.secret, scene.foreign] {
        scene.refused(&cardinality(&format!("bucketID: \"{id}\"")), &id.to_string()).await;
    }
}

#[tokio::test]
async fn buckets_lists_only_what_may_be_read() {
    let scene = scene().await;
    let names = "buckets() |> keep(columns: [\"name\"])";
    assert_eq!(scene.ask(&scene.reader, names).await.unwrap(), "result _result\ntable name\nlamp\n");
    let org = scene.house.org();
    let all_buckets = token(&scene.house, vec![Permission::in_org(Action::Read, ResourceType::Buckets, org)]).await;
    assert_eq!(scene.ask(&all_buckets, names).await.unwrap(), "result _result\ntable name\nlamp\nsecret\n");
    let operator = scene.house.engine.authenticate_token("keepers-token").unwrap();
    let all = scene.ask(&operator, names).await.unwrap();
    assert_eq!(all, "result _result\ntable name\n_monitoring\n_tasks\nlamp\nsecret\n");
    let nothing = token(&scene.house, vec![Permission::in_org(Action::Read, ResourceType::Tasks, org)]).await;
    let error = scene.ask(&nothing, names).await.unwrap_err();
    let text = format!("no buckets found in organization {org}");
    assert_eq!((error.message, error.code), (text, ErrorCode::NotFound));
}

#[tokio::test]
async fn to_writes_only_where_it_may() {
    let scene = scene().await;
    let source = "from(bucket: \"lamp\") |> range(start: 2024-03-04T00:00:00Z, stop: 2024-03-05T00:00:00Z)";
    let to = |bucket: &str| format!("{source} |> to(bucket: \"{bucket}\")");
    let forbidden = scene.ask(&scene.reader, &to("lamp")).await.unwrap_err();
    let text = "failed to initialize execute state: user not authorized to write";
    assert_eq!((forbidden.message.as_str(), forbidden.code), (text, ErrorCode::Forbidden));
    scene.refused(&to("secret"), "secret").await;
    scene.refused(&to("nosuch"), "nosuch").await;
    scene.refused(&format!("{source} |> to(bucketID: \"{}\")", scene.foreign), &scene.foreign.to_string()).await;

    let (org, lamp) = (scene.house.org(), scene.house.bucket());
    let read = Permission::on(Action::Read, ResourceType::Buckets, org, lamp);
    let write = Permission::on(Action::Write, ResourceType::Buckets, org, scene.secret);
    let copier = token(&scene.house, vec![read, write]).await;
    let passed_on = scene.ask(&copier, &format!("{} |> keep(columns: [\"_value\"])", to("secret"))).await.unwrap();
    assert_eq!(passed_on, "result _result\ntable _value\n12\n", "the rows are passed on");
    let copied = scene
        .house
        .ask("from(bucket: \"secret\") |> range(start: 0) |> group() |> count() |> keep(columns: [\"_value\"])")
        .await;
    assert_eq!(copied, "result _result\ntable _value\n1\n", "the same series and time: one point");
}

#[tokio::test]
async fn an_inactive_token_reads_nothing() {
    let scene = scene().await;
    let reader = scene.reader.clone();
    let auth::Credential::Token(authorization) = &reader.credential else { panic!("a token") };
    let inactive = management::AuthorizationChange { status: Some(Status::Inactive), description: None };
    scene.house.engine.update_authorization(authorization.id, inactive).await.unwrap();
    let engine = &scene.house.engine;
    let hash = &authorization.token_sha256;
    let stored = engine.authorizations(&management::AuthorizationFilter::default());
    let stored = stored.into_iter().find(|a| a.token_sha256 == *hash).unwrap();
    let principal = Principal { credential: auth::Credential::Token(Box::new(stored)), ..reader };
    let error = scene.ask(&principal, "from(bucket: \"lamp\") |> range(start: 0)").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn sessions_follow_memberships() {
    let scene = scene().await;
    let engine = &scene.house.engine;
    let mate = engine.create_user(management::NewUser { name: "mate".into(), ..Default::default() }).await.unwrap();
    engine.set_password(mate.id, "anchor-1234").await.unwrap();
    let key = engine.sign_in("mate", "anchor-1234").await.unwrap().key;
    let lamp = |action| Permission::on(action, ResourceType::Buckets, scene.house.org(), scene.house.bucket());
    let may = |action| engine.authenticate_session(&key).unwrap().allows(lamp(action));
    assert!(!may(Action::Read));
    let member = Membership { resource_id: scene.house.org(), user_id: mate.id, role: Role::Member };
    engine.add_membership(member).await.unwrap();
    assert!(may(Action::Read) && !may(Action::Write));
    assert_eq!(engine.add_membership(member).await.unwrap_err().class(), ErrorClass::Conflict);
    engine.remove_membership(member.resource_id, mate.id, Role::Member).await.unwrap();
    engine.add_membership(Membership { role: Role::Owner, ..member }).await.unwrap();
    assert!(may(Action::Write));
    engine.remove_membership(member.resource_id, mate.id, Role::Owner).await.unwrap();
    let of_bucket = Membership { resource_id: scene.house.bucket(), user_id: mate.id, role: Role::Owner };
    engine.add_membership(of_bucket).await.unwrap();
    assert!(may(Action::Write));
    let keeper = engine.sign_in("keeper", "fresnel-lens").await.unwrap().key;
    let everything = Permission::global(Action::Write, ResourceType::Orgs);
    assert!(engine.authenticate_session(&keeper).unwrap().allows(everything), "the first user may do everything");
    engine.delete_user(mate.id).await.unwrap();
    assert_eq!(engine.authenticate_session(&key).unwrap_err(), auth::AuthError::Unknown);
}
