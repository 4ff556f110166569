//! The quick reader: one pass over a well-formed line without backslashes.
//!
//! It knows no errors. Whatever is not plain (an escape, a leading blank, a remark, anything wrong) makes it give up,
//! and the exact reader starts again at the beginning of that line. What it accepts the exact reader accepts too, with
//! the same point; a test holds them together.

use std::borrow::Cow;
use std::cmp::Ordering;

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

/// Every byte of a word.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The position of the first byte of `class` ([`NAME`] or [`KEY`]).
///
/// Eight bytes at a time: all that end a word are at most a comma, or `=`, or a backslash. A subtraction borrows only
/// out of a byte that matches, so the lowest mark is always a true one; the table then tells the few low bytes that end
/// nothing.
#[inline]
fn word_length(rest: &[u8], class: u8) -> Option<usize> {
    let mut at = 0;
    while let Some(chunk) = rest.get(at..).and_then(|r| r.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let equals = word ^ each(b'=');
        let backslash = word ^ each(b'\\');
        let marks = (word.wrapping_sub(each(b',' + 1)) & !word)
            | (equals.wrapping_sub(each(1)) & !equals)
            | (backslash.wrapping_sub(each(1)) & !backslash);
        let marks = marks & each(0x80);
        if marks == 0 {
            at += 8;
            continue;
        }
        at += (marks.trailing_zeros() / 8) as usize;
        if rest.get(at).is_some_and(|&b| ENDS[usize::from(b)] & class != 0) {
            return Some(at);
        }
        at += 1;
    }
    let tail = rest.get(at..)?;
    tail.iter().position(|&b| ENDS[usize::from(b)] & class != 0).map(|n| at + n)
}

/// The byte order of two names, mostly told by their first bytes.
#[inline]
fn order(a: &str, b: &str) -> Ordering {
    match (a.as_bytes().first(), b.as_bytes().first()) {
        (Some(x), Some(y)) if x != y => x.cmp(y),
        _ => a.cmp(b),
    }
}

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
    #[inline(always)]
    fn word(&mut self, class: u8) -> Option<(&'a str, u8)> {
        let rest = self.bytes.get(self.at..)?;
        let length = word_length(rest, class)?;
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

    /// Reads a value into its place: built elsewhere and moved there, it would cost more than to be read.
    #[inline(always)]
    fn value(&mut self, slot: &mut FieldValue<'a>) -> Option<()> {
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
                *slot = FieldValue::String(Cow::Borrowed(text));
            }
            first => {
                if matches!(first, b'0'..=b'9' | b'-' | b'.')
                    && let Some(length) = number::quick(rest, slot)
                    && rest.get(length).is_none_or(|&b| ENDS[usize::from(b)] & VALUE != 0)
                {
                    self.at += length;
                    return Some(());
                }
                let length = rest.iter().position(|&b| ENDS[usize::from(b)] & VALUE != 0).unwrap_or(rest.len());
                self.at += length;
                *slot = number::value(rest.get(..length)?).ok()?;
            }
        }
        Some(())
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

/// A value that costs nothing, for a place that is about to be filled.
trait Blank {
    fn blank() -> Self;
}

impl Blank for Cow<'_, str> {
    fn blank() -> Self {
        Cow::Borrowed("")
    }
}

impl Blank for FieldValue<'_> {
    fn blank() -> Self {
        FieldValue::Boolean(false)
    }
}

/// The place of the pair with number `at`; those of the last line are used again.
#[inline(always)]
fn slot<'p, 'a, V: Blank>(pairs: &'p mut Vec<(Cow<'a, str>, V)>, at: usize) -> Option<&'p mut (Cow<'a, str>, V)> {
    if at >= pairs.len() {
        pairs.push((Cow::Borrowed(""), V::blank()));
    }
    pairs.get_mut(at)
}

/// The measurement and the tags, up to the space behind them.
#[inline]
fn key<'a>(cursor: &mut Cursor<'a>, point: &mut Point<'a>) -> Option<()> {
    let (name, mut end) = cursor.word(NAME)?;
    point.measurement = Cow::Borrowed(name);
    let (mut count, mut sorted, mut last) = (0, true, "");
    while end == b',' {
        let (key, b'=') = cursor.word(KEY)? else { return None };
        let (value, value_end) = cursor.word(KEY)?;
        if is_reserved_tag(key.as_bytes()) {
            return None;
        }
        sorted &= order(last, key).is_lt();
        last = key;
        end = value_end;
        let slot = slot(&mut point.tags, count)?;
        slot.0 = Cow::Borrowed(key);
        slot.1 = Cow::Borrowed(value);
        count += 1;
    }
    point.tags.truncate(count);
    if !sorted {
        match point.tags.as_mut_slice() {
            [a, b] => std::mem::swap(a, b),
            tags => tags.sort_unstable_by(|a, b| order(&a.0, &b.0)),
        }
        if point.tags.windows(2).any(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
            return None;
        }
    }
    (end == b' ').then_some(())
}

/// The fields; returns the length of the longest name.
#[inline]
fn fields<'a>(cursor: &mut Cursor<'a>, point: &mut Point<'a>) -> Option<usize> {
    let (mut count, mut longest) = (0, 0);
    loop {
        let (key, b'=') = cursor.word(KEY)? else { return None };
        let slot = slot(&mut point.fields, count)?;
        slot.0 = Cow::Borrowed(key);
        cursor.value(&mut slot.1)?;
        longest = longest.max(key.len());
        count += 1;
        if cursor.peek() != Some(b',') {
            point.fields.truncate(count);
            return Some(longest);
        }
        cursor.at += 1;
    }
}
