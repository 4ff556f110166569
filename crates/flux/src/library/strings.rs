//! The package `strings`: Go's functions on texts. Positions are bytes in `index` and its kin, characters in `substring`
//! and `strlen`.

use super::function::{Body, Function, Returns};
use super::registry::{function, required};
use super::{Argument, Arguments, Kind, LibraryError, pattern};
use crate::library::function::Parameter;
use crate::plan::Scalar;

/// Longest text that `repeat` makes, in bytes.
const LONGEST_REPEAT: usize = 64 << 20;

const V: &[Parameter] = &[required("v")];
const CUTSET: &[Parameter] = &[required("v"), required("cutset")];
const SUBSTR: &[Parameter] = &[required("v"), required("substr")];
const CHARS: &[Parameter] = &[required("v"), required("chars")];
const T: &[Parameter] = &[required("v"), required("t")];
const TI: &[Parameter] = &[required("v"), required("t"), required("i")];

const fn text(name: &'static str, parameters: &'static [Parameter], body: AnyBody) -> Function {
    function(name, parameters, Returns::Kind(Kind::String), Body::Any(body))
}

const fn bool(name: &'static str, parameters: &'static [Parameter], body: AnyBody) -> Function {
    function(name, parameters, Returns::Kind(Kind::Bool), Body::Any(body))
}

const fn int(name: &'static str, parameters: &'static [Parameter], body: AnyBody) -> Function {
    function(name, parameters, Returns::Kind(Kind::Int), Body::Any(body))
}

const fn list(name: &'static str, parameters: &'static [Parameter], body: AnyBody) -> Function {
    function(name, parameters, Returns::ListOf(Kind::String), Body::Any(body))
}

const fn text1(name: &'static str, body: fn(&str) -> String) -> Function {
    function(name, V, Returns::Kind(Kind::String), Body::Text1(body))
}

type AnyBody = fn(&Arguments<'_>) -> Answer;
type Answer = Result<Argument, LibraryError>;

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    function("http.pathEscape", &[required("inputString")], Returns::Kind(Kind::String), Body::Text1(path_escape)),
    text1("strings.toUpper", |v| v.chars().map(upper).collect()),
    text1("strings.toLower", |v| v.chars().map(lower).collect()),
    text1("strings.toTitle", |v| v.chars().map(title_case).collect()),
    text1("strings.title", title),
    text1("strings.trimSpace", |v| v.trim().to_owned()),
    text("strings.trim", CUTSET, |a| cut(a, |v, cutset| v.trim_matches(|c| cutset.contains(c)))),
    text("strings.trimLeft", CUTSET, |a| cut(a, |v, cutset| v.trim_start_matches(|c| cutset.contains(c)))),
    text("strings.trimRight", CUTSET, |a| cut(a, |v, cutset| v.trim_end_matches(|c| cutset.contains(c)))),
    text("strings.trimPrefix", &[required("v"), required("prefix")], |a| {
        let v = a.text("v")?;
        Ok(Argument::text(v.strip_prefix(a.text("prefix")?).unwrap_or(v)))
    }),
    text("strings.trimSuffix", &[required("v"), required("suffix")], |a| {
        let v = a.text("v")?;
        Ok(Argument::text(v.strip_suffix(a.text("suffix")?).unwrap_or(v)))
    }),
    bool("strings.hasPrefix", &[required("v"), required("prefix")], |a| {
        Ok(truth(a.text("v")?.starts_with(a.text("prefix")?)))
    }),
    bool("strings.hasSuffix", &[required("v"), required("suffix")], |a| {
        Ok(truth(a.text("v")?.ends_with(a.text("suffix")?)))
    }),
    bool("strings.containsStr", SUBSTR, |a| Ok(truth(a.text("v")?.contains(a.text("substr")?)))),
    bool("strings.containsAny", CHARS, |a| {
        let chars = a.text("chars")?;
        Ok(truth(a.text("v")?.contains(|c| chars.contains(c))))
    }),
    bool("strings.equalFold", T, |a| {
        let fold = |c: char| lower(upper(c));
        Ok(truth(a.text("v")?.chars().map(fold).eq(a.text("t")?.chars().map(fold))))
    }),
    int("strings.compare", T, |a| Ok(Scalar::Int(a.text("v")?.cmp(a.text("t")?) as i64).into())),
    int("strings.countStr", SUBSTR, |a| Ok(count(a.text("v")?.matches(a.text("substr")?).count()))),
    int("strings.index", SUBSTR, |a| Ok(place(a.text("v")?.find(a.text("substr")?)))),
    int("strings.lastIndex", SUBSTR, |a| Ok(place(a.text("v")?.rfind(a.text("substr")?)))),
    int("strings.indexAny", CHARS, |a| {
        let chars = a.text("chars")?;
        Ok(place(a.text("v")?.find(|c| chars.contains(c))))
    }),
    int("strings.lastIndexAny", CHARS, |a| {
        let chars = a.text("chars")?;
        Ok(place(a.text("v")?.rfind(|c| chars.contains(c))))
    }),
    int("strings.strlen", V, |a| Ok(count(a.text("v")?.chars().count()))),
    bool("strings.isDigit", V, |a| is_in_class(a, r"^\p{Nd}$")),
    bool("strings.isLetter", V, |a| is_in_class(a, r"^\p{L}$")),
    bool("strings.isLower", V, |a| is_in_class(a, r"^\p{Ll}$")),
    bool("strings.isUpper", V, |a| is_in_class(a, r"^\p{Lu}$")),
    text("strings.repeat", &[required("v"), required("i")], repeat),
    text("strings.replace", &[required("v"), required("t"), required("u"), required("i")], |a| {
        let (v, t, u) = (a.text("v")?, a.text("t")?, a.text("u")?);
        Ok(Argument::text(usize::try_from(a.int("i")?).map_or_else(|_| v.replace(t, u), |n| v.replacen(t, u, n))))
    }),
    text("strings.replaceAll", &[required("v"), required("t"), required("u")], |a| {
        Ok(Argument::text(a.text("v")?.replace(a.text("t")?, a.text("u")?)))
    }),
    text("strings.substring", &[required("v"), required("start"), required("end")], substring),
    list("strings.split", T, |a| split(a, -1, false)),
    list("strings.splitAfter", T, |a| split(a, -1, true)),
    list("strings.splitN", TI, |a| split(a, a.int("i")?, false)),
    list("strings.splitAfterN", TI, |a| split(a, a.int("i")?, true)),
    text("strings.joinStr", &[required("arr"), required("v")], join),
];

fn truth(v: bool) -> Argument {
    Scalar::Bool(v).into()
}

fn count(n: usize) -> Argument {
    Scalar::Int(i64::try_from(n).unwrap_or(i64::MAX)).into()
}

fn place(index: Option<usize>) -> Argument {
    index.map_or(Scalar::Int(-1).into(), count)
}

/// One character in capitals; those whose capitals are several characters stay as they are.
fn upper(c: char) -> char {
    let mut capitals = c.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) => capital,
        _ => with_iota_below(c),
    }
}

/// Greek letters with an iota below have one capital letter of their own.
fn with_iota_below(c: char) -> char {
    let shift = match u32::from(c) {
        0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7 => 8,
        0x1FB3 | 0x1FC3 | 0x1FF3 => 9,
        _ => 0,
    };
    char::from_u32(u32::from(c) + shift).unwrap_or(c)
}

fn lower(c: char) -> char {
    let mut small = c.to_lowercase();
    match (small.next(), small.next()) {
        (Some(small), None) => small,
        (Some(i), Some(_)) if c == 'İ' => i,
        _ => c,
    }
}

/// The form at the beginning of a title: digraphs have one of their own, Georgian letters do not change.
fn title_case(c: char) -> char {
    match c {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        '\u{10D0}'..='\u{10FA}' | '\u{10FD}'..='\u{10FF}' => c,
        _ => upper(c),
    }
}

fn title(v: &str) -> String {
    let mut previous = ' ';
    v.chars()
        .map(|c| {
            let first = is_separator(previous);
            previous = c;
            if first { title_case(c) } else { c }
        })
        .collect()
}

fn is_separator(c: char) -> bool {
    if c.is_ascii() { !(c.is_ascii_alphanumeric() || c == '_') } else { c.is_whitespace() }
}

fn cut(a: &Arguments<'_>, cut: impl for<'v> Fn(&'v str, &str) -> &'v str) -> Answer {
    Ok(Argument::text(cut(a.text("v")?, a.text("cutset")?)))
}

fn is_in_class(a: &Arguments<'_>, class: &str) -> Answer {
    let v = a.text("v")?;
    if v.chars().count() != 1 {
        return Err(LibraryError::new("\"v\" is not a valid argument: argument length is not equal to 1"));
    }
    Ok(truth(pattern::compile(class)?.is_match(v)))
}

fn repeat(a: &Arguments<'_>) -> Answer {
    let (v, i) = (a.text("v")?, a.int("i")?);
    let times = usize::try_from(i).map_err(|_| LibraryError::new(format!("cannot repeat a string {i} times")))?;
    match v.len().checked_mul(times) {
        Some(length) if length <= LONGEST_REPEAT => Ok(Argument::text(v.repeat(times))),
        _ => Err(LibraryError::new(format!("repeat makes a string longer than {LONGEST_REPEAT} bytes"))),
    }
}

/// Characters `start` to `end`, both clamped to the text.
fn substring(a: &Arguments<'_>) -> Answer {
    let (v, start, end) = (a.text("v")?, a.int("start")?.max(0), a.int("end")?);
    let length = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
    let skip = usize::try_from(start).unwrap_or(usize::MAX);
    Ok(Argument::text(v.chars().skip(skip).take(length).collect::<String>()))
}

/// At most `limit` parts (all if negative), with or without the separator at their ends; an empty separator parts
/// characters.
fn split(a: &Arguments<'_>, limit: i64, after: bool) -> Answer {
    let (v, separator) = (a.text("v")?, a.text("t")?);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit == 0 {
        return Ok(Argument::Array(Vec::new()));
    }
    let parts: Vec<&str> = match separator {
        "" => characters(v, limit),
        _ if after => split_after(v, separator, limit),
        _ => v.splitn(limit, separator).collect(),
    };
    Ok(Argument::texts(parts))
}

fn characters(v: &str, limit: usize) -> Vec<&str> {
    let starts = v.char_indices().map(|(i, _)| i).take(limit);
    let starts: Vec<usize> = starts.chain([v.len()]).collect();
    let last = starts.len().saturating_sub(2);
    let part = |(i, pair): (usize, &[usize])| match pair {
        [from, _] if i == last => v.get(*from..),
        [from, to] => v.get(*from..*to),
        _ => None,
    };
    starts.windows(2).enumerate().filter_map(part).collect()
}

fn split_after<'v>(v: &'v str, separator: &str, limit: usize) -> Vec<&'v str> {
    let mut parts = Vec::new();
    let mut rest = v;
    while parts.len() + 1 < limit {
        let Some(end) = rest.find(separator).map(|i| i + separator.len()) else { break };
        let (part, behind) = rest.split_at(end);
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    parts
}

fn join(a: &Arguments<'_>) -> Answer {
    let texts: Result<Vec<&str>, LibraryError> = a
        .list("arr")?
        .iter()
        .map(|item| match item {
            Argument::Scalar(Scalar::String(text)) => Ok(text.as_ref()),
            other => {
                let kind = Kind::of_argument(other);
                Err(LibraryError::new(format!("expected string but found {kind} (argument arr)")))
            }
        })
        .collect();
    Ok(Argument::text(texts?.join(a.text("v")?)))
}

/// A text as a part of an address between two slashes.
fn path_escape(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+:=@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
