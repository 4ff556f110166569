//! Passwords: their length, their Argon2id hash and its check.

use argon2::password_hash::{Error, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::RngCore;

use crate::error::EngineError;
use crate::limits;

/// Refuses a password that InfluxDB 2 would refuse.
pub(crate) fn check_length(password: &str) -> Result<(), EngineError> {
    let allowed = limits::PASSWORD_MIN_BYTES..=limits::PASSWORD_MAX_BYTES;
    if allowed.contains(&password.len()) { Ok(()) } else { Err(EngineError::PasswordLength) }
}

/// Hashes a password under a random salt, in the PHC string format. Takes tens of milliseconds: call it on a thread that
/// may block.
pub(crate) fn hash(password: &str) -> Result<String, EngineError> {
    let params =
        Params::new(limits::PASSWORD_HASH_MEMORY_KIB, limits::PASSWORD_HASH_PASSES, 1, None).map_err(Error::from)?;
    let mut salt = [0; 16];
    rand::rng().fill_bytes(&mut salt);
    let salt = SaltString::encode_b64(&salt)?;
    let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password(password.as_bytes(), &salt)?;
    Ok(hash.to_string())
}

/// Whether a password belongs to a hash. Without a hash the answer is `false` after the same work, so that the time does
/// not tell whether a user exists.
pub(crate) fn verify(password: &str, hash: Option<&str>) -> Result<bool, EngineError> {
    let Some(hash) = hash else {
        self::hash(password)?;
        return Ok(false);
    };
    match Argon2::default().verify_password(password.as_bytes(), &PasswordHash::new(hash)?) {
        Ok(()) => Ok(true),
        Err(Error::Password) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
