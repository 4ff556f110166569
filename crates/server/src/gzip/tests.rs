//! What is packed, what is refused.

use axum::http::{HeaderMap, HeaderValue, header};

use super::{Packer, accepts, check_beginning, unpack};
use crate::error::Code;

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut packer = Packer::new();
    let mut out = packer.piece(plain).to_vec();
    out.extend_from_slice(&packer.finish());
    out
}

#[test]
fn bodies_go_back_and_forth() {
    let plain = b"gauge level=1\n".repeat(1000);
    assert_eq!(unpack(&packed(&plain), 1 << 20).unwrap(), plain);
}

#[test]
fn the_limit_counts_unpacked_bytes() {
    let plain = vec![b'x'; 1000];
    assert_eq!(unpack(&packed(&plain), 1000).unwrap().len(), 1000);
    let refused = unpack(&packed(&plain), 999).unwrap_err();
    assert_eq!((refused.code, &*refused.message), (Code::TooLarge, "unable to read data: points batch is too large"));
}

#[test]
fn damaged_streams_are_told_apart() {
    let whole = packed(b"gauge level=1 1709510400\n");
    let cut = unpack(&whole[..whole.len() - 12], 1000).unwrap_err();
    assert_eq!(cut.message, "unable to read data: unexpected EOF");
    let mut wrong = whole.clone();
    let at = wrong.len() - 8;
    wrong[at] ^= 1;
    assert_eq!(unpack(&wrong, 1000).unwrap_err().message, "unable to read data: gzip: invalid checksum");
    assert!(check_beginning(b"plain").is_err());
    assert!(check_beginning(b"").is_err());
    assert!(check_beginning(&whole).is_ok());
}

#[test]
fn accept_encoding_is_weighed() {
    for (text, yes) in [
        ("gzip", true),
        ("GZIP, deflate", true),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", true),
        ("deflate, br", false),
        ("identity", false),
        ("gzip;q=0", false),
        ("*", true),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(text));
        assert_eq!(accepts(&headers), yes, "{text}");
    }
    assert!(!accepts(&HeaderMap::new()));
}
