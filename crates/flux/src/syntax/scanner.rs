//! The scanner: text to tokens, one at a time, in three modes.
//!
//! A slash is a division or the start of a regular expression, and the text inside an interpolated string has rules of
//! its own; so the parser says with each call what may stand at this point. Blanks and `//` comments are skipped. A
//! character that starts no token comes out alone, as [`TokenKind::Illegal`].

use super::token::{Token, TokenKind};
use crate::ast::{Position, Span};

/// Reads tokens from a text.
#[derive(Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    /// Byte offset of the next byte to read.
    at: usize,
    /// Byte offset of the first byte of every line.
    lines: Vec<usize>,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, at: 0, lines: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// The next token where an operator may stand: a slash divides.
    pub fn next_token(&mut self) -> Token {
        self.skip_blanks();
        self.main_token()
    }

    /// The next token where a value may stand: a slash opens a regular expression if another one closes it.
    pub fn next_operand(&mut self) -> Token {
        self.skip_blanks();
        match self.regex_length() {
            Some(length) => self.token(TokenKind::Regex, length),
            None => self.main_token(),
        }
    }

    /// The next token inside an interpolated string.
    pub fn next_in_string(&mut self) -> Token {
        let rest = self.rest();
        if rest.is_empty() {
            return self.token(TokenKind::Eof, 0);
        }
        if rest.starts_with("${") {
            return self.token(TokenKind::Interpolation, 2);
        }
        if rest.starts_with('"') {
            return self.token(TokenKind::Quote, 1);
        }
        let length = string_body(rest).length();
        self.token(TokenKind::Text, length)
    }

    /// Goes back so that `token` is read again, maybe in another mode.
    pub fn back_to(&mut self, token: Token) {
        self.at = token.start;
    }

    /// Gives up: only the end follows.
    pub fn finish(&mut self) {
        self.at = self.text.len();
    }

    /// The bytes of a token.
    pub fn text_of(&self, token: Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    /// The text between two offsets.
    pub fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The lines and columns of a range of bytes.
    pub fn span(&self, start: usize, end: usize) -> Span {
        Span { start, end, from: self.position(start), to: self.position(end) }
    }

    fn position(&self, offset: usize) -> Position {
        let line = self.lines.partition_point(|first| *first <= offset);
        let first = line.checked_sub(1).and_then(|at| self.lines.get(at)).copied().unwrap_or_default();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: number(line), column: number(offset - first + 1) }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn token(&mut self, kind: TokenKind, length: usize) -> Token {
        let start = self.at;
        self.at = (start + length).min(self.text.len());
        Token { kind, start, end: self.at }
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blanks =
                rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c)).count();
            self.at += blanks;
            let rest = self.rest();
            if !rest.starts_with("//") {
                return;
            }
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
    }

    fn main_token(&mut self) -> Token {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return self.token(TokenKind::Eof, 0);
        };
        if first == '_' || first.is_alphabetic() {
            let length = word_length(rest);
            let kind = TokenKind::of_word(rest.get(..length).unwrap_or_default());
            return self.token(kind, length);
        }
        if first.is_ascii_digit() || (first == '.' && rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit)) {
            let (kind, length) = number(rest);
            return self.token(kind, length);
        }
        match first {
            '"' => self.string(),
            '@' => match word_length(rest.get(1..).unwrap_or_default()) {
                0 => self.token(TokenKind::Illegal, 1),
                length => self.token(TokenKind::Attribute, length + 1),
            },
            _ => match sign(rest.as_bytes()) {
                Some((kind, length)) => self.token(kind, length),
                None => self.token(TokenKind::Illegal, first.len_utf8()),
            },
        }
    }

    /// A string without interpolated parts is one token; otherwise, and where its end is missing, only its quote is.
    fn string(&mut self) -> Token {
        let body = self.rest().get(1..).unwrap_or_default();
        match string_body(body) {
            Body::Closed(length) => self.token(TokenKind::String, length + 2),
            Body::Interpolated(_) | Body::Open(_) => self.token(TokenKind::Quote, 1),
        }
    }

    /// The length of the regular expression that starts here. A slash behind a backslash belongs to the pattern if
    /// another slash follows, and closes it otherwise.
    fn regex_length(&self) -> Option<usize> {
        let bytes = self.rest().as_bytes();
        if bytes.first() != Some(&b'/') {
            return None;
        }
        let mut closed_at = None;
        let mut before = b'/';
        for (at, byte) in bytes.iter().copied().enumerate().skip(1) {
            if byte == b'/' {
                if at == 1 {
                    return None;
                }
                closed_at = Some(at + 1);
                if before != b'\\' {
                    break;
                }
            }
            before = byte;
        }
        closed_at
    }
}

/// How far the text of a string goes, and what ends it.
enum Body {
    /// A closing quote.
    Closed(usize),
    /// A `${`.
    Interpolated(usize),
    /// The end of the script.
    Open(usize),
}

impl Body {
    fn length(&self) -> usize {
        match self {
            Self::Closed(length) | Self::Interpolated(length) | Self::Open(length) => *length,
        }
    }
}

/// Walks over the text of a string. A `$` takes the character behind it along, so that `$${` opens nothing.
fn string_body(text: &str) -> Body {
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Body::Closed(at),
            b'\\' => {
                bytes.next();
            }
            b'$' => match bytes.peek() {
                Some((_, b'{')) => return Body::Interpolated(at),
                Some((_, b'$')) => {
                    bytes.next();
                }
                _ => {}
            },
            _ => {}
        }
    }
    Body::Open(text.len())
}

/// The length of the identifier at the start of `text`, 0 if there is none.
fn word_length(text: &str) -> usize {
    let starts = text.chars().next().is_some_and(|c| c == '_' || c.is_alphabetic());
    if !starts {
        return 0;
    }
    text.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(text.len())
}

/// An integer, a float, a duration, a date or a date-time: the longest that fits.
fn number(text: &str) -> (TokenKind, usize) {
    if let Some(length) = date_time(text.as_bytes()) {
        return (TokenKind::Time, length);
    }
    if let Some(length) = duration(text) {
        return (TokenKind::Duration, length);
    }
    let digits = digits_at(text.as_bytes(), 0);
    if text.as_bytes().get(digits) == Some(&b'.') {
        return (TokenKind::Float, digits + 1 + digits_at(text.as_bytes(), digits + 1));
    }
    (TokenKind::Integer, digits)
}

fn digits_at(bytes: &[u8], at: usize) -> usize {
    bytes.iter().skip(at).take_while(|byte| byte.is_ascii_digit()).count()
}

/// Magnitudes with units; a magnitude without a unit at the end is left.
fn duration(text: &str) -> Option<usize> {
    const UNITS: [&str; 11] = ["mo", "ms", "us", "µs", "ns", "y", "w", "d", "h", "m", "s"];
    let mut length = 0;
    loop {
        let digits = digits_at(text.as_bytes(), length);
        let unit_on = text.get(length + digits..).unwrap_or_default();
        match UNITS.iter().find(|unit| unit_on.starts_with(**unit)) {
            Some(unit) if digits > 0 => length += digits + unit.len(),
            _ => return (length > 0).then_some(length),
        }
    }
}

/// Whether `bytes` starts with this form: `0` is a digit, anything else itself.
fn has_form(bytes: &[u8], form: &[u8]) -> bool {
    bytes.len() >= form.len()
        && bytes.iter().zip(form).all(|(byte, want)| if *want == b'0' { byte.is_ascii_digit() } else { byte == want })
}

fn date_time(bytes: &[u8]) -> Option<usize> {
    const DATE: &[u8] = b"0000-00-00";
    const TIME: &[u8] = b"T00:00:00";
    if !has_form(bytes, DATE) {
        return None;
    }
    let mut length = DATE.len();
    let rest = |length: usize| bytes.get(length..).unwrap_or_default();
    if !has_form(rest(length), TIME) {
        return Some(length);
    }
    length += TIME.len();
    if rest(length).first() == Some(&b'.') {
        length += 1 + digits_at(bytes, length + 1);
    }
    let offset = rest(length);
    if offset.first() == Some(&b'Z') {
        length += 1;
    } else if has_form(offset, b"+00:00") || has_form(offset, b"-00:00") {
        length += 6;
    }
    Some(length)
}

/// The operator or bracket at the start of `bytes`, the longest that fits.
fn sign(bytes: &[u8]) -> Option<(TokenKind, usize)> {
    use TokenKind as Kind;
    let two = match bytes {
        [b'=', b'=', ..] => Some(Kind::Equal),
        [b'<', b'=', ..] => Some(Kind::LessEqual),
        [b'>', b'=', ..] => Some(Kind::GreaterEqual),
        [b'!', b'=', ..] => Some(Kind::NotEqual),
        [b'=', b'~', ..] => Some(Kind::Matches),
        [b'!', b'~', ..] => Some(Kind::NotMatches),
        [b'=', b'>', ..] => Some(Kind::Arrow),
        [b'<', b'-', ..] => Some(Kind::PipeReceive),
        [b'|', b'>', ..] => Some(Kind::PipeForward),
        _ => None,
    };
    if let Some(kind) = two {
        return Some((kind, 2));
    }
    let one = match bytes.first()? {
        b'+' => Kind::Plus,
        b'-' => Kind::Minus,
        b'*' => Kind::Star,
        b'/' => Kind::Slash,
        b'%' => Kind::Percent,
        b'^' => Kind::Caret,
        b'<' => Kind::Less,
        b'>' => Kind::Greater,
        b'=' => Kind::Assign,
        b'(' => Kind::LeftParenthesis,
        b')' => Kind::RightParenthesis,
        b'[' => Kind::LeftBracket,
        b']' => Kind::RightBracket,
        b'{' => Kind::LeftBrace,
        b'}' => Kind::RightBrace,
        b',' => Kind::Comma,
        b'.' => Kind::Dot,
        b':' => Kind::Colon,
        b'?' => Kind::QuestionMark,
        _ => return None,
    };
    Some((one, 1))
}
