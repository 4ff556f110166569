//! `display`: any value as text. Up to three members stand on one line; more stand one to a line, indented by four.

use super::Argument;
use super::conversion::write_text;

const MEMBERS_ON_A_LINE: usize = 3;

/// The text of a value.
pub fn display(value: &Argument) -> String {
    let mut out = String::new();
    write_value(&mut out, value, 0);
    out
}

fn write_value(out: &mut String, value: &Argument, depth: usize) {
    match value {
        Argument::Scalar(scalar) => {
            // Writing to a string cannot fail.
            let _ = write_text(out, scalar);
        }
        Argument::Array(items) => write_members(out, ['[', ']'], items, depth, false, |out, item, depth| {
            write_value(out, item, depth);
        }),
        Argument::Record(properties) => {
            let mut properties: Vec<_> = properties.iter().collect();
            properties.sort_by(|a, b| a.0.cmp(&b.0));
            write_members(out, ['{', '}'], &properties, depth, false, |out, (name, value), depth| {
                out.push_str(name);
                out.push_str(": ");
                write_value(out, value, depth);
            });
        }
        Argument::Dictionary(pairs) if pairs.is_empty() => out.push_str("[:]"),
        Argument::Dictionary(pairs) => {
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
