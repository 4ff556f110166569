//! Rust source as the rules see it: comments and the insides of literals blanked, lines and columns kept.

/// The text with every comment and every character of a string or character literal replaced by a space.
pub(crate) fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match part(bytes, at) {
            Part::Code => {
                at += 1;
                continue;
            }
            Part::Word(end) => {
                at = end;
                continue;
            }
            Part::Hidden(end) => end.min(bytes.len()),
        };
        for byte in out.iter_mut().take(end).skip(at) {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

enum Part {
    /// One byte of code.
    Code,
    /// A word or a lifetime, up to here.
    Word(usize),
    /// A comment or a literal, up to here.
    Hidden(usize),
}

fn part(bytes: &[u8], at: usize) -> Part {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest {
        [b'/', b'/', ..] => Part::Hidden(at + line_length(rest)),
        [b'/', b'*', ..] => Part::Hidden(at + block_comment_length(rest)),
        [b'"', ..] => Part::Hidden(at + string_length(rest)),
        [b'\'', ..] => match character_length(rest) {
            Some(length) => Part::Hidden(at + length),
            None => Part::Word(at + 1),
        },
        [first, ..] if first.is_ascii_alphabetic() || *first == b'_' => word(bytes, at),
        _ => Part::Code,
    }
}

/// A word, or a literal that a prefix such as `r`, `b` or `br` starts.
fn word(bytes: &[u8], at: usize) -> Part {
    let rest = bytes.get(at..).unwrap_or_default();
    let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let (name, behind) = rest.split_at(length);
    let raw = matches!(name, b"r" | b"br" | b"cr");
    if raw && let Some(inside) = raw_string_length(behind) {
        return Part::Hidden(at + length + inside);
    }
    match (name, behind.first()) {
        (b"b" | b"c", Some(b'"')) => Part::Hidden(at + length + string_length(behind)),
        (b"b", Some(b'\'')) => Part::Hidden(at + length + character_length(behind).unwrap_or(1)),
        _ => Part::Word(at + length),
    }
}

fn line_length(rest: &[u8]) -> usize {
    rest.iter().take_while(|b| **b != b'\n').count()
}

fn block_comment_length(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(two) = rest.get(at..at + 2) {
        match two {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// `#"..."#` behind the `r`; `None` for a raw name such as `r#type`.
fn raw_string_length(rest: &[u8]) -> Option<usize> {
    let hashes = rest.iter().take_while(|b| **b == b'#').count();
    if rest.get(hashes) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = rest.get(hashes + 1..).unwrap_or_default();
    let end = body.windows(close.len()).position(|w| w == close).unwrap_or(body.len());
    Some(hashes + 1 + end + close.len())
}

/// A character literal; `None` for a lifetime.
fn character_length(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'\\') {
        let close = rest.iter().skip(3).position(|b| *b == b'\'')?;
        return Some(3 + close + 1);
    }
    let text = std::str::from_utf8(rest.get(1..rest.len().min(8)).unwrap_or_default());
    let first = match text {
        Ok(text) => text.chars().next(),
        Err(error) => rest
            .get(1..1 + error.valid_up_to())
            .and_then(|v| std::str::from_utf8(v).ok())
            .and_then(|t| t.chars().next()),
    }?;
    let length = 1 + first.len_utf8();
    (rest.get(length) == Some(&b'\'')).then_some(length + 1)
}

/// A function: where its signature begins, and how many lines it has up to its closing brace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

/// The functions of a text that [`code_only`] made.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let bytes = code.as_bytes();
    let mut all = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = at.checked_sub(1).and_then(|i| bytes.get(i));
        if before.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
            continue;
        }
        let behind = code.get(at + 3..).unwrap_or_default();
        let name: String = behind.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() {
            continue;
        }
        let Some(length) = body_end(behind) else { continue };
        let text = behind.get(..length).unwrap_or_default();
        let line = 1 + code.get(..at).unwrap_or_default().matches('\n').count();
        all.push(Function { name, line, lines: 1 + text.matches('\n').count() });
    }
    all
}

/// Where the body of a signature ends; `None` for a signature without one.
fn body_end(text: &str) -> Option<usize> {
    let (mut nested, mut depth) = (0_usize, 0_usize);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' if depth == 0 => nested += 1,
            b')' | b']' if depth == 0 => nested = nested.saturating_sub(1),
            b';' if depth == 0 && nested == 0 => return None,
            b'{' => depth += 1,
            b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 && nested == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The names of `mod name;` in a text that [`code_only`] made.
pub(crate) fn declared_modules(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in code.lines() {
        let mut words =
            line.split_whitespace().skip_while(|w| w.starts_with("pub") || w.starts_with('#') || w.ends_with(')'));
        if words.next() == Some("mod")
            && let Some(name) = words.next().and_then(|w| w.strip_suffix(';'))
        {
            names.push(name.trim_start_matches("r#").to_owned());
        }
    }
    names
}
