//! Text inside messages, quoted as Go quotes it.

use std::fmt::Write as _;

/// As `strconv.Quote`: what can be printed stands for itself.
pub(super) fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            push(&mut out, c);
        }
        push_bytes(&mut out, chunk.invalid());
    }
    out.push('"');
    out
}

fn push(out: &mut String, c: char) {
    let escape = match c {
        '"' | '\\' => {
            out.push('\\');
            out.push(c);
            return;
        }
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        _ if c.is_ascii_graphic() || c == ' ' => return out.push(c),
        _ if c.is_ascii() => return push_bytes(out, &[c as u8]),
        // What can be printed is what Rust's own debug form leaves alone.
        _ if c.escape_debug().len() == 1 => return out.push(c),
        _ => {
            let code = u32::from(c);
            let written = if code < 0x1_0000 { write!(out, "\\u{code:04x}") } else { write!(out, "\\U{code:08x}") };
            return written.unwrap_or_default();
        }
    };
    out.push('\\');
    out.push(escape);
}

/// As Go's package `time` quotes: only printable ASCII stands for itself.
pub(super) fn ascii_quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in text {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=0x7f => out.push(char::from(byte)),
            _ => push_bytes(&mut out, &[byte]),
        }
    }
    out.push('"');
    out
}

fn push_bytes(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        write!(out, "\\x{byte:02x}").unwrap_or_default();
    }
}

#[test]
fn quotes_are_those_of_go() {
    assert_eq!(quoted("a\"b\\c\n\u{7f}ü€\u{200b}".as_bytes()), r#""a\"b\\c\n\x7fü€\u200b""#);
    assert_eq!(quoted(b"\xffx\0"), r#""\xffx\x00""#);
    assert_eq!(ascii_quoted("ü\t\"".as_bytes()), r#""\xc3\xbc\x09\"""#);
}
