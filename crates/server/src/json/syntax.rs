//! Where and why a text is not JSON, in the words of Go's `encoding/json`: asked only after decoding failed.

/// What Go's decoder says of `text`, of which it reads the first value only.
pub(super) fn complaint(text: &[u8]) -> String {
    if text.iter().all(|b| is_space(*b)) {
        return "EOF".to_owned();
    }
    match Scanner::default().run(text) {
        Some((byte, context)) => format!("invalid character {} {context}", quoted(byte)),
        None => "unexpected EOF".to_owned(),
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        b'\n' => r"'\n'".to_owned(),
        b'\r' => r"'\r'".to_owned(),
        b'\t' => r"'\t'".to_owned(),
        0x20..=0x7e => format!("'{}'", char::from(byte)),
        0x00..=0x1f | 0x7f => format!(r"'\x{byte:02x}'"),
        // Go makes a rune of the single byte.
        _ => format!("'{}'", char::from(byte)),
    }
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Expect {
    Value,
    /// A value or `]`.
    FirstElement,
    /// A key or `}`.
    FirstKey,
    Key,
    Colon,
    /// `,` or the end of what is open.
    Separator,
    String,
    Escape,
    /// Hexadecimal digits left.
    Hex(u8),
    Number(Part),
    /// The rest of a literal: its name and how much was read.
    Literal(&'static str, usize),
}

/// Where in a number.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Minus,
    Zero,
    Digits,
    Point,
    Decimals,
    E,
    Sign,
    Exponent,
}

struct Scanner {
    /// `true` for an object, `false` for an array.
    open: Vec<bool>,
    /// Whether the string being read is a key.
    key: bool,
    expect: Expect,
}

impl Default for Scanner {
    fn default() -> Self {
        Self { open: Vec::new(), key: false, expect: Expect::Value }
    }
}

/// A byte that does not belong, and the context that Go names.
type Bad = (u8, String);

impl Scanner {
    fn run(mut self, text: &[u8]) -> Option<Bad> {
        for &byte in text {
            match self.step(byte) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(context) => return Some((byte, context)),
            }
        }
        None
    }

    /// `Ok(false)`: the value is complete.
    fn step(&mut self, byte: u8) -> Result<bool, String> {
        if let Expect::Number(part) = self.expect {
            match number_step(part, byte)? {
                Some(next) => {
                    self.expect = Expect::Number(next);
                    return Ok(true);
                }
                None => {
                    self.expect = Expect::Separator;
                    if self.open.is_empty() {
                        return Ok(false);
                    }
                }
            }
        }
        match self.expect {
            Expect::String => self.in_string(byte)?,
            Expect::Escape => self.escape(byte)?,
            Expect::Hex(left) => {
                if !byte.is_ascii_hexdigit() {
                    return Err(r"in \u hexadecimal character escape".to_owned());
                }
                self.expect = if left == 1 { Expect::String } else { Expect::Hex(left - 1) };
            }
            Expect::Literal(name, read) => return self.literal(name, read, byte),
            _ if is_space(byte) => {}
            Expect::Value => self.value(byte)?,
            Expect::FirstElement if byte == b']' => return Ok(self.close()),
            Expect::FirstElement => self.value(byte)?,
            Expect::FirstKey if byte == b'}' => return Ok(self.close()),
            Expect::FirstKey | Expect::Key => {
                if byte != b'"' {
                    return Err("looking for beginning of object key string".to_owned());
                }
                (self.expect, self.key) = (Expect::String, true);
            }
            Expect::Colon => {
                if byte != b':' {
                    return Err("after object key".to_owned());
                }
                self.expect = Expect::Value;
            }
            Expect::Separator => return self.separator(byte),
            Expect::Number(_) => {}
        }
        Ok(!(self.expect == Expect::Separator && self.open.is_empty()))
    }

    fn close(&mut self) -> bool {
        self.open.pop();
        self.expect = Expect::Separator;
        !self.open.is_empty()
    }

    fn separator(&mut self, byte: u8) -> Result<bool, String> {
        match (self.open.last(), byte) {
            (None, _) => return Ok(false),
            (Some(true), b',') => self.expect = Expect::Key,
            (Some(false), b',') => self.expect = Expect::Value,
            (Some(true), b'}') | (Some(false), b']') => return Ok(self.close()),
            (Some(true), _) => return Err("after object key:value pair".to_owned()),
            (Some(false), _) => return Err("after array element".to_owned()),
        }
        Ok(true)
    }

    fn value(&mut self, byte: u8) -> Result<(), String> {
        self.expect = match byte {
            b'{' => {
                self.open.push(true);
                Expect::FirstKey
            }
            b'[' => {
                self.open.push(false);
                Expect::FirstElement
            }
            b'"' => {
                self.key = false;
                Expect::String
            }
            b'-' => Expect::Number(Part::Minus),
            b'0' => Expect::Number(Part::Zero),
            b'1'..=b'9' => Expect::Number(Part::Digits),
            b't' => Expect::Literal("true", 1),
            b'f' => Expect::Literal("false", 1),
            b'n' => Expect::Literal("null", 1),
            _ => return Err("looking for beginning of value".to_owned()),
        };
        Ok(())
    }

    fn in_string(&mut self, byte: u8) -> Result<(), String> {
        match byte {
            b'"' => self.expect = if self.key { Expect::Colon } else { Expect::Separator },
            b'\\' => self.expect = Expect::Escape,
            0x00..=0x1f => return Err("in string literal".to_owned()),
            _ => {}
        }
        Ok(())
    }

    fn escape(&mut self, byte: u8) -> Result<(), String> {
        self.expect = match byte {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Expect::String,
            b'u' => Expect::Hex(4),
            _ => return Err("in string escape code".to_owned()),
        };
        Ok(())
    }

    fn literal(&mut self, name: &'static str, read: usize, byte: u8) -> Result<bool, String> {
        let wanted = name.as_bytes().get(read).copied().unwrap_or_default();
        if byte != wanted {
            return Err(format!("in literal {name} (expecting {})", quoted(wanted)));
        }
        self.expect = if read + 1 == name.len() { Expect::Separator } else { Expect::Literal(name, read + 1) };
        Ok(!(self.expect == Expect::Separator && self.open.is_empty()))
    }
}

/// The next part, or `None` when the number ended before this byte.
fn number_step(part: Part, byte: u8) -> Result<Option<Part>, String> {
    let digit = byte.is_ascii_digit();
    Ok(match part {
        Part::Minus if byte == b'0' => Some(Part::Zero),
        Part::Minus if digit => Some(Part::Digits),
        Part::Minus => return Err("in numeric literal".to_owned()),
        Part::Digits if digit => Some(Part::Digits),
        Part::Zero | Part::Digits if byte == b'.' => Some(Part::Point),
        Part::Zero | Part::Digits | Part::Decimals if matches!(byte, b'e' | b'E') => Some(Part::E),
        Part::Point if digit => Some(Part::Decimals),
        Part::Point => return Err("after decimal point in numeric literal".to_owned()),
        Part::Decimals if digit => Some(Part::Decimals),
        Part::E if matches!(byte, b'+' | b'-') => Some(Part::Sign),
        Part::E | Part::Sign | Part::Exponent if digit => Some(Part::Exponent),
        Part::E | Part::Sign => return Err("in exponent of numeric literal".to_owned()),
        Part::Zero | Part::Digits | Part::Decimals | Part::Exponent => None,
    })
}
