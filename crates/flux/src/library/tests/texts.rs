//! JSON, hexadecimal text and digests.

use super::{call, s, shown, u};
use crate::library::{Argument, find};
use crate::plan::Scalar;

fn encoded(value: Argument) -> String {
    match find("json.encode").unwrap().call(&[("v", value)]) {
        Ok(Argument::Scalar(Scalar::Bytes(bytes))) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn json_goes_there_and_back() {
    let text = r#"{"a":[1,2.5,true,null],"b":{"c":"x\u003c\"\n"}}"#;
    let parsed = call("experimental/json.parse", &[("data", Scalar::Bytes(text.as_bytes().into()))]).unwrap();
    assert_eq!(encoded(parsed), text);
    assert_eq!(encoded(Argument::Scalar(Scalar::Float(1e21))), "1e+21");
    assert_eq!(encoded(Argument::Scalar(Scalar::Float(1.5e-7))), "1.5e-7");
    let broken = call("experimental/json.parse", &[("data", Scalar::Bytes(b"{".as_slice().into()))]);
    assert!(broken.is_err(), "{broken:?}");
}

#[test]
fn numbers_are_hexadecimal_text() {
    assert_eq!(shown("contrib/bonitoo-io/hex.int", &[("v", s("-0x10"))]), "-16");
    assert_eq!(shown("contrib/bonitoo-io/hex.uint", &[("v", s("0xff"))]), "255");
    assert_eq!(shown("contrib/bonitoo-io/hex.string", &[("v", u(4096))]), "1000");
    assert!(shown("contrib/bonitoo-io/hex.int", &[("v", s("0x--1"))]).starts_with("error: cannot convert string"));
    assert!(shown("contrib/bonitoo-io/hex.bytes", &[("v", s("abc"))]).contains("odd length"));
}

#[test]
fn digests_are_those_that_others_compute() {
    for (name, text, digest) in [
        ("sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("md5", "", "d41d8cd98f00b204e9800998ecf8427e"),
        ("xxhash64", "", "17241709254077376921"),
        ("cityhash64", "Hello, world!", "2359500134450972198"),
    ] {
        assert_eq!(shown(&format!("contrib/qxip/hash.{name}"), &[("v", s(text))]), digest, "{name}");
    }
    let signed = shown("contrib/qxip/hash.hmac", &[("v", s("what do ya want for nothing?")), ("k", s("Jefe"))]);
    assert_eq!(signed, "7/zfauXrL6LSdBbV8YTfnCWafHk=");
}
