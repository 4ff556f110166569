//! Which permissions cover which wishes, and the parts that recognise people.

use std::time::Duration;

use model::Id;
use storage::catalog::{Action, Authorization, Permission, ResourceType, Status, User};

use super::session::Sessions;
use super::*;
use crate::error::{EngineError, ErrorClass};

const READ: Action = Action::Read;
const WRITE: Action = Action::Write;
const BUCKETS: ResourceType = ResourceType::Buckets;

fn id(value: u64) -> Id {
    Id::new(value).unwrap()
}

/// Whether holding each permission of a row is enough for each wish of the header.
#[test]
fn a_permission_covers_what_it_names_and_no_more() {
    let (org, other_org, bucket, other_bucket) = (id(1), id(2), id(3), id(4));
    let wishes = [
        Permission::on(READ, BUCKETS, org, bucket),
        Permission::on(READ, BUCKETS, org, other_bucket),
        Permission::on(READ, BUCKETS, other_org, bucket),
        Permission::in_org(READ, BUCKETS, org),
        Permission::in_org(READ, BUCKETS, other_org),
        Permission::global(READ, BUCKETS),
        Permission::on_unowned(READ, BUCKETS, bucket),
        Permission::on(WRITE, BUCKETS, org, bucket),
        Permission::on(READ, ResourceType::Dbrp, org, bucket),
    ];
    let table = [
        (Permission::global(READ, BUCKETS), "yyyyyyynn"),
        (Permission::in_org(READ, BUCKETS, org), "yynynnnnn"),
        (Permission::on(READ, BUCKETS, org, bucket), "ynnnnnynn"),
        (Permission::on_unowned(READ, BUCKETS, bucket), "ynynnnynn"),
        (Permission::global(WRITE, BUCKETS), "nnnnnnnyn"),
        (Permission::in_org(WRITE, BUCKETS, other_org), "nnnnnnnnn"),
        (Permission::global(READ, ResourceType::Dbrp), "nnnnnnnny"),
    ];
    for (held, expected) in table {
        let set = PermissionSet::new(vec![held]);
        let found: String = wishes.iter().map(|wish| if set.allows(wish) { 'y' } else { 'n' }).collect();
        assert_eq!(found, expected, "{held}");
    }
}

#[test]
fn an_operator_may_do_everything_but_instance() {
    let set = PermissionSet::new(operator_permissions());
    for kind in ResourceType::ALL {
        for action in Action::ALL {
            let wanted = Permission::global(action, kind);
            assert_eq!(set.allows(&wanted), kind != ResourceType::Instance, "{wanted}");
        }
    }
    assert_eq!(operator_permissions().len(), 44);
}

#[test]
fn members_read_and_owners_write_their_own_organization() {
    let (org, other) = (id(1), id(2));
    let member = PermissionSet::new(org_member_permissions(org));
    let owner = PermissionSet::new(org_owner_permissions(org));
    let org_itself = |action, org| Permission::on_unowned(action, ResourceType::Orgs, org);
    for (wanted, by_member, by_owner) in [
        (Permission::on(READ, BUCKETS, org, id(7)), true, true),
        (Permission::on(WRITE, BUCKETS, org, id(7)), false, true),
        (Permission::in_org(WRITE, ResourceType::Authorizations, org), false, true),
        (Permission::on(READ, BUCKETS, other, id(7)), false, false),
        (org_itself(READ, org), true, true),
        (org_itself(WRITE, org), false, true),
        (org_itself(READ, other), false, false),
        (Permission::global(WRITE, ResourceType::Orgs), false, false),
        (Permission::global(READ, ResourceType::Users), false, false),
    ] {
        assert_eq!(member.allows(&wanted), by_member, "member {wanted}");
        assert_eq!(owner.allows(&wanted), by_owner, "owner {wanted}");
    }
}

#[test]
fn a_set_hands_on_only_what_it_has() {
    let (org, bucket) = (id(1), id(3));
    let scoped = PermissionSet::new(vec![Permission::on(READ, BUCKETS, org, bucket)]);
    let wide = [Permission::on(READ, BUCKETS, org, bucket), Permission::in_org(READ, BUCKETS, org)];
    assert_eq!(scoped.first_missing(&wide), Some(&wide[1]));
    assert_eq!(scoped.first_missing(&wide[..1]), None);
    // A foreign bucket under one's own organisation opens nothing, even if it was granted.
    let all_of_org = PermissionSet::new(vec![Permission::in_org(READ, BUCKETS, org)]);
    let disguised = Permission::on(READ, BUCKETS, org, id(99));
    assert_eq!(all_of_org.first_missing(&[disguised]), None);
    let granted = PermissionSet::new(vec![disguised]);
    assert!(!granted.allows(&Permission::on(READ, BUCKETS, id(2), id(99))));
}

#[test]
fn an_inactive_token_is_known_and_may_do_nothing() {
    let token = |status| Authorization {
        id: id(9),
        token_sha256: token::sha256_hex("t"),
        status,
        description: String::new(),
        org_id: id(1),
        user_id: id(2),
        permissions: operator_permissions(),
        created_at_ns: 0,
        updated_at_ns: 0,
    };
    let principal = |status| Principal {
        user: User { id: id(2), name: "ann".into(), status: Status::Active },
        credential: Credential::Token(Box::new(token(status))),
        permissions: PermissionSet::new(operator_permissions()),
    };
    let wanted = Permission::in_org(READ, BUCKETS, id(1));
    assert_eq!(principal(Status::Active).check(wanted), Ok(()));
    let denied = principal(Status::Inactive).check(wanted).unwrap_err();
    assert_eq!(denied.to_string(), "token is inactive");
    let instance = Permission::global(WRITE, ResourceType::Instance);
    let denied = principal(Status::Active).check(instance).unwrap_err();
    assert_eq!(denied.to_string(), "write:instance is unauthorized");
}

#[test]
fn passwords_are_checked_against_their_hash() {
    for (text, accepted) in
        [("1234567", false), ("12345678", true), (&*"p".repeat(72), true), (&*"p".repeat(73), false)]
    {
        assert_eq!(password::check_length(text).is_ok(), accepted, "{text}");
    }
    assert_eq!(
        password::check_length("").unwrap_err().to_string(),
        "passwords must be between 8 and 72 characters long"
    );
    let hash = password::hash("fresnel-lens").unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"), "{hash}");
    assert_ne!(hash, password::hash("fresnel-lens").unwrap(), "salted");
    assert!(password::verify("fresnel-lens", Some(&hash)).unwrap());
    assert!(!password::verify("fresnel-lent", Some(&hash)).unwrap());
    assert!(!password::verify("fresnel-lens", None).unwrap());
    assert!(matches!(password::verify("fresnel-lens", Some("plain")), Err(EngineError::PasswordHash(_))));
}

#[test]
fn tokens_are_random_and_hashed() {
    let token = token::random_token();
    assert_eq!((token.len(), token.ends_with("==")), (88, true));
    assert_ne!(token, token::random_token());
    assert_eq!(token::sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert!(token::same_hash("ab", "ab") && !token::same_hash("ab", "ac") && !token::same_hash("ab", "a"));
}

#[test]
fn sessions_end_unless_they_are_used() {
    const SECOND: i64 = 1_000_000_000;
    let sessions = Sessions::new(Duration::from_secs(600));
    let grant = sessions.begin(id(2), 0);
    assert_eq!(grant.expires_at_ns, 600 * SECOND);
    assert_eq!(sessions.touch(&grant.key, 10 * SECOND), Some((id(2), 600 * SECOND)), "far from its end");
    assert_eq!(sessions.touch(&grant.key, 500 * SECOND), Some((id(2), 800 * SECOND)), "pushed ahead");
    assert_eq!(sessions.touch("another", 500 * SECOND), None);
    assert_eq!(sessions.touch(&grant.key, 800 * SECOND), None, "over");
    let grant = sessions.begin(id(2), 0);
    assert!(sessions.end(&grant.key) && !sessions.end(&grant.key));
    let grant = sessions.begin(id(2), 0);
    sessions.end_all_of(id(2));
    assert_eq!(sessions.touch(&grant.key, 1), None);
    assert!(!format!("{grant:?}").contains(&grant.key), "keys are not printed");
}

#[test]
fn refusals_have_their_class() {
    assert_eq!(AuthError::Unknown.class(), ErrorClass::Unauthorized);
    assert_eq!(AuthError::UserInactive.class(), ErrorClass::Forbidden);
    assert_eq!(EngineError::from(AuthError::WrongPassword).class(), ErrorClass::Forbidden);
}
