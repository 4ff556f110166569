//! Damaged scripts: the parser always ends, soon, without a panic.

use super::oracle;
use crate::syntax::dump::dump;
use crate::syntax::parse;
use crate::syntax::printer::print;

/// What is put into a script: every sign of the language, halves of tokens, a character of several bytes.
const PIECES: [&str; 40] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "|>",
    "<-",
    "=>",
    "=",
    "==",
    "=~",
    "+",
    "-",
    "/",
    "\"",
    "${",
    "\\",
    "$",
    "//",
    "@a(",
    "if ",
    "then ",
    "else ",
    "not ",
    "with ",
    "return ",
    "option ",
    "builtin x : {",
    "testcase ",
    "import ",
    "2020-01-01T",
    "1h",
    "007",
    "'",
    "µ",
    "\n",
];

/// A sequence of numbers that is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }
}

/// Parses, prints and checks that messages have places inside the text.
fn survive(text: &str) {
    let parsed = parse(text);
    let lines = u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap() + 1;
    for error in &parsed.errors {
        assert!(error.span.start <= error.span.end && error.span.end <= text.len(), "{error} in {text}");
        assert!(error.span.from.line >= 1 && error.span.to.line <= lines, "{error} in {text}");
    }
    assert!(!print(&parsed.file).is_empty() || parsed.file.body.is_empty());
    assert!(dump(&parsed.file).starts_with("File"));
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[test]
fn truncated_scripts() {
    let mut numbers = Numbers(1);
    let mut count = 0;
    for (_, text) in oracle::scripts() {
        for _ in 0..3 {
            let cut = floor(&text, numbers.below(text.len()));
            survive(&text[..cut]);
            survive(&text[cut..]);
            count += 2;
        }
    }
    assert!(count > 5_000);
}

#[test]
fn changed_scripts() {
    let mut numbers = Numbers(2);
    for (_, text) in oracle::scripts() {
        for _ in 0..5 {
            let mut changed = text.clone();
            for _ in 0..=numbers.below(4) {
                let from = floor(&changed, numbers.below(changed.len()));
                let to = floor(&changed, (from + numbers.below(5)).min(changed.len()));
                let piece = PIECES[numbers.below(PIECES.len())];
                changed.replace_range(from..to.max(from), piece);
            }
            survive(&changed);
        }
    }
}

#[test]
fn heaps_of_pieces() {
    let mut numbers = Numbers(3);
    for _ in 0..1_000 {
        let heap: String = (0..60).map(|_| PIECES[numbers.below(PIECES.len())]).collect();
        survive(&heap);
    }
    for piece in PIECES {
        survive(&piece.repeat(20_000));
    }
}

#[test]
fn a_megabyte_of_anything() {
    for piece in ["(", ")", "\"", "/", "}", "[", "1 ", "a.", "x = ", "'", "${", "f(", "|> ", "\n", "@a "] {
        // A parser that is not linear would not come to an end here.
        let errors = parse(&piece.repeat((1 << 20) / piece.len())).errors;
        assert!(errors.len() <= crate::syntax::limits::ERRORS);
    }
}
