//! Base 64, with the place where a text is none.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Decodes and encodes again: the usual form of what the text means, without line ends.
pub(super) fn usual(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut quantum = Vec::with_capacity(4);
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'\n' | b'\r' => {}
            b'=' => {
                at = padded(text, at, quantum.len())?;
                finish(&mut quantum, &mut out);
                break;
            }
            _ => {
                let value = LETTERS.iter().position(|l| *l == byte).ok_or_else(|| illegal(at - 1))?;
                quantum.push(value as u8);
                if quantum.len() == 4 {
                    finish(&mut quantum, &mut out);
                }
            }
        }
    }
    if !quantum.is_empty() {
        return Err(illegal(text.len() - quantum.len()));
    }
    if at < text.len() { Err(illegal(at)) } else { Ok(out) }
}

fn illegal(at: usize) -> String {
    format!("illegal base64 data at input byte {at}")
}

/// Reads on behind a first `=` after `count` letters; the place behind all padding and line ends.
fn padded(text: &[u8], mut at: usize, count: usize) -> Result<usize, String> {
    let blank = |at: usize| matches!(text.get(at), Some(b'\n' | b'\r'));
    if count < 2 {
        return Err(illegal(at - 1));
    }
    if count == 2 {
        while blank(at) {
            at += 1;
        }
        match text.get(at) {
            None => return Err(illegal(text.len())),
            Some(b'=') => at += 1,
            Some(_) => return Err(illegal(at - 1)),
        }
    }
    while blank(at) {
        at += 1;
    }
    Ok(at)
}

/// Writes four letters; bits behind the last whole byte are dropped.
fn finish(quantum: &mut Vec<u8>, out: &mut Vec<u8>) {
    let count = quantum.len();
    if let (2 | 3, Some(last)) = (count, quantum.last_mut()) {
        *last &= if count == 2 { 0b11_0000 } else { 0b11_1100 };
    }
    out.extend(quantum.iter().filter_map(|v| LETTERS.get(usize::from(*v))));
    out.extend(std::iter::repeat_n(b'=', 4 - count));
    quantum.clear();
}

#[test]
fn base_64_is_read_as_go_reads_it() {
    let read = |text: &str| usual(text.as_bytes()).map(|b| String::from_utf8_lossy(&b).into_owned());
    assert_eq!(read("aGVs\nbG8="), Ok("aGVsbG8=".to_owned()));
    assert_eq!(read("aGVsbG9="), Ok("aGVsbG8=".to_owned()));
    assert_eq!(read("++//"), Ok("++//".to_owned()));
    assert_eq!(read(""), Ok(String::new()));
    for (text, at) in
        [("aGVsbG8", 4), ("a", 0), ("aG=x", 2), ("aG=", 3), ("=", 0), ("aGV-", 3), ("aGV=x", 4), ("aG==\n", 5)]
    {
        match read(text) {
            Err(told) => assert_eq!(told, format!("illegal base64 data at input byte {at}"), "{text:?}"),
            Ok(fine) => assert_eq!((text, fine.as_str()), ("aG==\n", "aA==")),
        }
    }
}
