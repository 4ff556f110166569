//! The first lines of an input left out: a title, or a header that others take the place of.

use std::io::{self, Read};

/// Reads an input from behind its first lines; a line end inside quotes ends no line.
#[derive(Debug)]
pub struct SkipLines<R> {
    input: R,
    left: usize,
    quoted: bool,
}

impl<R: Read> SkipLines<R> {
    /// Leaves out `lines` lines.
    pub fn new(input: R, lines: usize) -> Self {
        Self { input, left: lines, quoted: false }
    }
}

impl<R: Read> Read for SkipLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left > 0 && !buffer.is_empty() {
            let count = self.input.read(buffer)?;
            if count == 0 {
                return Ok(0);
            }
            let read = buffer.get(..count).unwrap_or_default();
            let mut behind = None;
            for (at, byte) in read.iter().enumerate() {
                match byte {
                    b'"' => self.quoted = !self.quoted,
                    b'\n' if !self.quoted => self.left -= 1,
                    _ => {}
                }
                if self.left == 0 {
                    behind = Some(at + 1);
                    break;
                }
            }
            if let Some(behind) = behind.filter(|b| *b < count) {
                buffer.copy_within(behind..count, 0);
                return Ok(count - behind);
            }
        }
        self.input.read(buffer)
    }
}

#[test]
fn lines_are_left_out() {
    let read = |text: &str, lines| {
        let mut left = String::new();
        SkipLines::new(text.as_bytes(), lines).read_to_string(&mut left).map(|_| left).ok()
    };
    assert_eq!(read("a\nb\nc", 2).as_deref(), Some("c"));
    assert_eq!(read("\"a\nb\"\nc", 1).as_deref(), Some("c"));
    assert_eq!(read("a\nb", 5).as_deref(), Some(""));
    assert_eq!(read("a\nb", 0).as_deref(), Some("a\nb"));
    assert_eq!(read("a\n", 1).as_deref(), Some(""));
}
