//! Regular expressions: RE2's syntax, as Go understands it, on Rust's engine; compiled patterns are kept.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock};

use regex::Regex;

use super::LibraryError;

/// Compiled patterns kept at once; a script has a handful, and what is beyond is compiled again.
const KEPT_PATTERNS: usize = 512;

static KEPT: OnceLock<RwLock<HashMap<Arc<str>, Arc<Regex>>>> = OnceLock::new();

/// The compiled form of a pattern.
pub fn compile(pattern: &str) -> Result<Arc<Regex>, LibraryError> {
    let kept = KEPT.get_or_init(RwLock::default);
    if let Some(regex) = kept.read().ok().and_then(|map| map.get(pattern).cloned()) {
        return Ok(regex);
    }
    let regex = Regex::new(&translate(pattern)?).map_err(|error| syntax_error(pattern, &error))?;
    let regex = Arc::new(regex);
    if let Ok(mut map) = kept.write() {
        if map.len() >= KEPT_PATTERNS {
            map.clear();
        }
        map.insert(pattern.into(), Arc::clone(&regex));
    }
    Ok(regex)
}

fn syntax_error(pattern: &str, error: &regex::Error) -> LibraryError {
    match error {
        regex::Error::CompiledTooBig(limit) => LibraryError::new(format!(
            "error parsing regexp: expression nests or repeats beyond {limit} bytes: `{pattern}`"
        )),
        // The last line of the message is the cause.
        _ => {
            let text = error.to_string();
            let cause = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            LibraryError::new(format!("error parsing regexp: {cause}: `{pattern}`"))
        }
    }
}

fn fault(cause: &str, part: &str) -> LibraryError {
    LibraryError::new(format!("error parsing regexp: {cause}: `{part}`"))
}

/// Rewrites what the two engines read differently: classes of letters are ASCII, `\Q..\E` quotes, a brace that repeats
/// nothing is a character, and brackets inside a class are characters.
fn translate(pattern: &str) -> Result<String, LibraryError> {
    let mut reader = Reader { pattern, rest: pattern, out: String::with_capacity(pattern.len() + 16), open_groups: 0 };
    while let Some(c) = reader.rest.chars().next() {
        match c {
            '\\' => reader.escape(false)?,
            '[' => reader.class()?,
            '(' => reader.group()?,
            ')' if reader.open_groups == 0 => return Err(fault("unexpected )", pattern)),
            ')' => {
                reader.open_groups -= 1;
                reader.take(1);
            }
            '{' if !is_repetition(reader.rest) => reader.replace(1, "\\{"),
            _ => reader.take(c.len_utf8()),
        }
    }
    match reader.open_groups {
        0 => Ok(reader.out),
        _ => Err(fault("missing closing )", pattern)),
    }
}

struct Reader<'a> {
    pattern: &'a str,
    rest: &'a str,
    out: String,
    open_groups: usize,
}

impl Reader<'_> {
    /// Copies so many bytes.
    fn take(&mut self, length: usize) {
        let (head, tail) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.out.push_str(head);
        self.rest = tail;
    }

    /// Puts `text` for so many bytes.
    fn replace(&mut self, length: usize, text: &str) {
        self.out.push_str(text);
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    fn group(&mut self) -> Result<(), LibraryError> {
        for look in ["(?=", "(?!", "(?<=", "(?<!", "(?>", "(?#"] {
            if self.rest.starts_with(look) {
                return Err(fault("invalid or unsupported Perl syntax", look));
            }
        }
        // `(?i)` sets flags and opens nothing.
        let flags = self.rest.strip_prefix("(?").map(|r| r.trim_start_matches(|c: char| "imsU-".contains(c)));
        if let Some(end) = flags.filter(|r| r.starts_with(')')) {
            self.take(self.rest.len() - end.len() + 1);
            return Ok(());
        }
        self.open_groups += 1;
        self.take(1);
        Ok(())
    }

    fn class(&mut self) -> Result<(), LibraryError> {
        let whole = self.rest;
        self.take(1);
        if self.rest.starts_with('^') {
            self.take(1);
        }
        let mut first = true;
        while let Some(c) = self.rest.chars().next() {
            match c {
                ']' if !first => {
                    self.take(1);
                    return Ok(());
                }
                ']' => self.replace(1, "\\]"),
                '\\' => self.escape(true)?,
                '[' => match self.rest.starts_with("[:").then(|| self.rest.find(":]")).flatten() {
                    Some(end) => self.take(end + 2),
                    None => self.replace(1, "\\["),
                },
                // Operators on classes, which RE2 does not have.
                '&' | '~' => {
                    let mut escaped = String::from("\\");
                    escaped.push(c);
                    self.replace(1, &escaped);
                }
                '-' if self.rest.starts_with("--") => self.replace(1, "\\-"),
                _ => self.take(c.len_utf8()),
            }
            first = false;
        }
        Err(fault("missing closing ]", whole))
    }

    fn escape(&mut self, in_class: bool) -> Result<(), LibraryError> {
        let Some(c) = self.rest.chars().nth(1) else {
            return Err(fault("trailing backslash at end of expression", ""));
        };
        match (c, in_class) {
            ('d', true) => self.replace(2, "0-9"),
            ('d', false) => self.replace(2, "[0-9]"),
            ('D', _) => self.replace(2, "[^0-9]"),
            ('w', true) => self.replace(2, "0-9A-Za-z_"),
            ('w', false) => self.replace(2, "[0-9A-Za-z_]"),
            ('W', _) => self.replace(2, "[^0-9A-Za-z_]"),
            ('s', true) => self.replace(2, "\\t\\n\\f\\r "),
            ('s', false) => self.replace(2, "[\\t\\n\\f\\r ]"),
            ('S', _) => self.replace(2, "[^\\t\\n\\f\\r ]"),
            ('b', false) => self.replace(2, "(?-u:\\b)"),
            ('B', false) => self.replace(2, "(?-u:\\B)"),
            ('Q', false) => self.quotation(),
            ('p' | 'P' | 'x', _) => self.braced(),
            ('A' | 'z' | 'a' | 'f' | 't' | 'n' | 'r' | 'v', _) => self.take(2),
            ('0'..='7', _) => self.octal()?,
            (c, _) if c.is_ascii_punctuation() => self.take(2),
            (c, _) => return Err(fault("invalid escape sequence", &format!("\\{c}"))),
        }
        Ok(())
    }

    /// `\p{Lu}`, `\x{10FFFF}`: an escape whose braces belong to it; without braces it is taken as it is.
    fn braced(&mut self) {
        let end = self.rest.get(2..).filter(|r| r.starts_with('{')).and_then(|r| r.find('}'));
        self.take(end.map_or(2, |end| 2 + end + 1));
    }

    /// `\Q...\E`: text without meaning.
    fn quotation(&mut self) {
        let text = self.rest.get(2..).unwrap_or_default();
        let (quoted, after) = text.split_once("\\E").unwrap_or((text, ""));
        self.out.push_str(&regex::escape(quoted));
        self.rest = after;
    }

    /// `\123`, `\0`: a character by its number in base eight; a single digit from 1 would be a back reference.
    fn octal(&mut self) -> Result<(), LibraryError> {
        let digits: String = self.rest.chars().skip(1).take(3).take_while(|c| ('0'..='7').contains(c)).collect();
        if digits.len() == 1 && digits != "0" {
            return Err(fault("invalid escape sequence", &format!("\\{digits}")));
        }
        let code = u32::from_str_radix(&digits, 8).map_err(|_| fault("invalid escape sequence", self.pattern))?;
        self.replace(1 + digits.len(), &format!("\\x{{{code:x}}}"));
        Ok(())
    }
}

/// Whether the text begins with `{n}`, `{n,}` or `{n,m}`.
fn is_repetition(text: &str) -> bool {
    let Some((inner, _)) = text.strip_prefix('{').and_then(|rest| rest.split_once('}')) else { return false };
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}
