//! `display`: any value as text. Up to three members stand on one line; more stand one to a line, indented by four.

use super::Argument;
use super::conversion::write_text;

const MEMBERS_ON_A_LINE: usize = 3;

/// A value as its members and their texts.
#[derive(Debug, Clone)]
pub enum Shown {
    Text(String),
    Array(Vec<Shown>),
    Record(Vec<(String, Shown)>),
    Dictionary(Vec<(Shown, Shown)>),
    /// A value of `experimental/dynamic`.
    Dynamic(Box<Shown>),
}

impl From<&Argument> for Shown {
    fn from(value: &Argument) -> Self {
        match value {
            Argument::Scalar(scalar) => {
                let mut text = String::new();
                // Writing to a string cannot fail.
                let _ = write_text(&mut text, scalar);
                Self::Text(text)
            }
            Argument::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Argument::Record(properties) => {
                Self::Record(properties.iter().map(|(name, value)| (name.clone(), Self::from(value))).collect())
            }
            Argument::Dictionary(pairs) => {
                Self::Dictionary(pairs.iter().map(|(k, v)| (Self::from(k), Self::from(v))).collect())
            }
        }
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        write_value(&mut out, self, 0);
        f.write_str(&out)
    }
}

/// The text of a value.
pub fn display(value: &Argument) -> String {
    match Shown::from(value) {
        Shown::Text(text) => text,
        shown => shown.to_string(),
    }
}

fn write_value(out: &mut String, value: &Shown, depth: usize) {
    match value {
        Shown::Text(text) => out.push_str(text),
        Shown::Dynamic(inner) => {
            out.push_str("dynamic(");
            write_value(out, inner, depth);
            out.push(')');
        }
        Shown::Array(items) => write_members(out, ['[', ']'], items, depth, false, |out, item, depth| {
            write_value(out, item, depth);
        }),
        Shown::Record(properties) => {
            let mut properties: Vec<_> = properties.iter().collect();
            properties.sort_by(|a, b| a.0.cmp(&b.0));
            write_members(out, ['{', '}'], &properties, depth, false, |out, (name, value), depth| {
                out.push_str(name);
                out.push_str(": ");
                write_value(out, value, depth);
            });
        }
        Shown::Dictionary(pairs) if pairs.is_empty() => out.push_str("[:]"),
        Shown::Dictionary(pairs) => {
            write_members(out, ['[', ']'], pairs, depth, true, |out, (key, value), depth| {
                write_value(out, key, depth);
                out.push_str(": ");
                write_value(out, value, depth);
            });
        }
    }
}

/// `blank_at_end`: a dictionary of several lines has a blank behind each comma.
fn write_members<T>(
    out: &mut String,
    [open, close]: [char; 2],
    members: &[T],
    depth: usize,
    blank_at_end: bool,
    write: impl Fn(&mut String, &T, usize),
) {
    let lines = members.len() > MEMBERS_ON_A_LINE;
    let new_line = |out: &mut String, depth: usize| {
        if lines {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str("    "));
        }
    };
    out.push(open);
    for (i, member) in members.iter().enumerate() {
        if i > 0 {
            out.push(',');
            if !lines || blank_at_end {
                out.push(' ');
            }
        }
        new_line(out, depth + 1);
        write(out, member, depth + usize::from(lines));
    }
    new_line(out, depth);
    out.push(close);
}
