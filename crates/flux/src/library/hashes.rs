//! The package `contrib/qxip/hash`: digests of texts, as text.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use twox_hash::XxHash64;

use super::function::{Body, Function, Returns};
use super::registry::{function, required};
use super::{Argument, Arguments, Kind, LibraryError, cityhash};

const fn digest(name: &'static str, body: fn(&str) -> String) -> Function {
    const V: &[super::Parameter] = &[required("v")];
    function(name, V, Returns::Kind(Kind::String), Body::Text1(body))
}

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    digest("contrib/qxip/hash.sha256", |v| hexadecimal(&Sha256::digest(v))),
    digest("contrib/qxip/hash.sha1", |v| hexadecimal(&Sha1::digest(v))),
    digest("contrib/qxip/hash.md5", |v| hexadecimal(&Md5::digest(v))),
    digest("contrib/qxip/hash.b64", |v| URL_SAFE.encode(v)),
    digest("contrib/qxip/hash.xxhash64", |v| XxHash64::oneshot(0, v.as_bytes()).to_string()),
    digest("contrib/qxip/hash.cityhash64", |v| cityhash::cityhash64(v.as_bytes()).to_string()),
    function("contrib/qxip/hash.hmac", &[required("v"), required("k")], Returns::Kind(Kind::String), Body::Any(hmac)),
];

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// SHA-1 under a key.
fn hmac(arguments: &Arguments<'_>) -> Result<Argument, LibraryError> {
    let (text, key) = (arguments.text("v")?, arguments.text("k")?);
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).map_err(|e| LibraryError::new(e.to_string()))?;
    mac.update(text.as_bytes());
    Ok(Argument::text(STANDARD.encode(mac.finalize().into_bytes())))
}
