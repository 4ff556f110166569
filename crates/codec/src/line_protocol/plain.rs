//! The quick reader: one pass over a well-formed line without backslashes.
//!
//! It knows no errors. Whatever is not plain (an escape, a leading blank, a remark, anything wrong) makes it give up,
//! and the exact reader starts again at the beginning of that line. What it accepts the exact reader accepts too, with
//! the same point; a test holds them together.

use std::borrow::Cow;

use model::{FieldValue, Point};

use super::{MAX_KEY_BYTES, is_blank, is_reserved_tag, number, scale_time};

/// Ends a measurement.
const NAME: u8 = 1;
/// Ends a tag key, a tag value or a field key.
const KEY: u8 = 2;
/// Ends an unquoted value.
const VALUE: u8 = 4;

/// Which bytes end what.
const ENDS: [u8; 256] = {
    let mut ends = [0; 256];
    ends[b',' as usize] = NAME | KEY | VALUE;
    ends[b' ' as usize] = NAME | KEY | VALUE;
    ends[b'\\' as usize] = NAME | KEY;
    ends[b'\n' as usize] = NAME | KEY | VALUE;
    ends[b'\r' as usize] = VALUE;
    ends[b'=' as usize] = KEY;
    ends
};

struct Cursor<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The text up to the next byte of `class`, not empty, and that byte.
    #[inline]
    fn word(&mut self, class: u8) -> Option<(&'a str, u8)> {
        let rest = self.bytes.get(self.at..)?;
        let length = rest.iter().position(|&b| ENDS[usize::from(b)] & class != 0)?;
        let start = self.at;
        self.at += length + 1;
        if length == 0 {
            return None;
        }
        Some((self.text.get(start..start + length)?, *rest.get(length)?))
    }

    #[inline]
    fn skip(&mut self, skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skipped) {
            self.at += 1;
        }
    }

    /// Steps over the end of the line, if it is here.
    #[inline]
    fn line_end(&mut self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = match rest {
            [] => 0,
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return false,
        };
        self.at += length;
        true
    }

    #[inline]
    fn value(&mut self) -> Option<FieldValue<'a>> {
        let rest = self.bytes.get(self.at..)?;
        match rest.first()? {
            b'"' => {
                let inside = rest.get(1..)?;
                let length = memchr::memchr2(b'"', b'\\', inside)?;
                if inside.get(length) != Some(&b'"') {
                    return None;
                }
                let text = self.text.get(self.at + 1..self.at + 1 + length)?;
                self.at += length + 2;
                Some(FieldValue::String(Cow::Borrowed(text)))
            }
            first => {
                let numeric = matches!(first, b'0'..=b'9' | b'-' | b'.');
                if let Some((value, length)) = numeric.then(|| number::quick(rest)).flatten() {
                    let ended = rest.get(length).is_none_or(|&b| ENDS[usize::from(b)] & VALUE != 0);
                    if ended {
                        self.at += length;
                        return Some(value);
                    }
                }
                let length = rest.iter().position(|&b| ENDS[usize::from(b)] & VALUE != 0).unwrap_or(rest.len());
                self.at += length;
                number::value(rest.get(..length)?).ok()
            }
        }
    }
}

/// Reads the line at `at` into `point`, whose vectors are used again, and returns where the next one begins.
#[inline]
pub(super) fn line<'a>(text: &'a str, at: usize, scale: i64, point: &mut Point<'a>) -> Option<usize> {
    let mut cursor = Cursor { text, bytes: text.as_bytes(), at };
    if matches!(cursor.peek()?, b' ' | b'\t' | 0 | b'#' | b'\n' | b'\r') {
        return None;
    }
    key(&mut cursor, point)?;
    let key_bytes = cursor.at - at - 1;
    cursor.skip(is_blank);
    let longest = fields(&mut cursor, point)?;
    if key_bytes + 4 + longest > MAX_KEY_BYTES {
        return None;
    }
    point.time = None;
    if cursor.peek() == Some(b' ') {
        cursor.skip(is_blank);
        if matches!(cursor.peek(), Some(b'0'..=b'9' | b'-')) {
            let (time, length) = number::quick_time(cursor.bytes.get(cursor.at..)?)?;
            cursor.at += length;
            cursor.skip(|b| b == b' ');
            point.time = Some(scale_time(time, scale)?);
        }
    }
    cursor.line_end().then_some(cursor.at)
}

/// The measurement and the tags, up to the space behind them.
#[inline]
fn key<'a>(cursor: &mut Cursor<'a>, point: &mut Point<'a>) -> Option<()> {
    let (name, mut end) = cursor.word(NAME)?;
    point.measurement = Cow::Borrowed(name);
    point.tags.clear();
    let mut sorted = true;
    let mut last = "";
    while end == b',' {
        let (key, b'=') = cursor.word(KEY)? else { return None };
        let (value, value_end) = cursor.word(KEY)?;
        if is_reserved_tag(key.as_bytes()) {
            return None;
        }
        sorted &= last < key;
        last = key;
        end = value_end;
        point.tags.push((Cow::Borrowed(key), Cow::Borrowed(value)));
    }
    if !sorted {
        point.tags.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        if point.tags.windows(2).any(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
            return None;
        }
    }
    (end == b' ').then_some(())
}

/// The fields; returns the length of the longest name.
#[inline]
fn fields<'a>(cursor: &mut Cursor<'a>, point: &mut Point<'a>) -> Option<usize> {
    point.fields.clear();
    let mut longest = 0;
    loop {
        let (key, b'=') = cursor.word(KEY)? else { return None };
        let value = cursor.value()?;
        longest = longest.max(key.len());
        point.fields.push((Cow::Borrowed(key), value));
        if cursor.peek() != Some(b',') {
            return Some(longest);
        }
        cursor.at += 1;
    }
}
