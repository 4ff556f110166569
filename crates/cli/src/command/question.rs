//! Questions to a person at a terminal.

use std::io::{BufRead, Write};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

/// Asks until there is an answer; an empty line takes the default if there is one.
pub(super) fn ask(input: &mut dyn BufRead, out: &mut dyn Write, question: &str, default: &str) -> Result<String> {
    loop {
        write!(out, "{question}: ")?;
        out.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            bail!("the input ended before there was an answer to: {question}");
        }
        match line.trim() {
            "" if default.is_empty() => {}
            "" => return Ok(default.to_owned()),
            answer => return Ok(answer.to_owned()),
        }
    }
}

/// Asks for a new password twice, until both are the same.
pub(super) fn ask_password(input: &mut dyn BufRead, out: &mut dyn Write, question: &str) -> Result<String> {
    loop {
        let first = unseen(|| ask(input, out, question, ""))?;
        let second = unseen(|| ask(input, out, "The same again", ""))?;
        if first == second {
            return Ok(first);
        }
        writeln!(out, "These are two passwords.")?;
    }
}

/// Has the terminal not show what is typed meanwhile, if it can be told.
fn unseen<T>(typed: impl FnOnce() -> T) -> T {
    let echo = |mode: &str| {
        let told = Command::new("stty").arg(mode).stdin(Stdio::inherit()).stderr(Stdio::null()).status();
        told.is_ok_and(|status| status.success())
    };
    let hidden = echo("-echo");
    let value = typed();
    if hidden {
        echo("echo");
        eprint_line();
    }
    value
}

/// The line end that was typed unseen.
fn eprint_line() {
    // Whoever cannot read it does not miss it.
    let _ = writeln!(std::io::stderr());
}

#[cfg(test)]
mod tests {
    use super::{ask, ask_password};

    #[test]
    fn questions_are_asked_until_there_is_an_answer() {
        let mut out = Vec::new();
        assert_eq!(ask(&mut "\n  \nhome \n".as_bytes(), &mut out, "Name", "").unwrap(), "home");
        assert_eq!(String::from_utf8(out).unwrap(), "Name: Name: Name: ");
        assert_eq!(ask(&mut "\n".as_bytes(), &mut Vec::new(), "Kept", "0").unwrap(), "0");
        let told = ask(&mut "".as_bytes(), &mut Vec::new(), "Name", "").unwrap_err().to_string();
        assert!(told.contains("Name"), "{told}");
    }

    #[test]
    fn a_password_is_typed_twice() {
        let mut out = Vec::new();
        let typed = "a-good-one\na-god-one\na-good-one\na-good-one\n";
        assert_eq!(ask_password(&mut typed.as_bytes(), &mut out, "Password").unwrap(), "a-good-one");
        assert!(String::from_utf8(out).unwrap().contains("two passwords"));
    }
}
