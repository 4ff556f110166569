//! Booleans: by their first letter, or by lists of words.

/// Words for true and for false: the format `TRUE,WORDS:FALSE,WORDS`. One side may be left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    format: String,
    truths: Vec<String>,
    falsehoods: Vec<String>,
    /// The format has no colon and reads nothing.
    unreadable: bool,
}

impl Words {
    pub(super) fn new(format: &str) -> Self {
        let words = |text: &str| -> Vec<String> {
            if text.is_empty() { Vec::new() } else { text.split(',').map(str::to_owned).collect() }
        };
        let (truths, falsehoods) = format.split_once(':').unwrap_or_default();
        Self {
            format: format.to_owned(),
            truths: words(truths),
            falsehoods: words(falsehoods),
            unreadable: !format.contains(':'),
        }
    }

    pub(super) fn read(&self, text: &str) -> Result<bool, String> {
        if self.unreadable {
            return Err(format!(
                "unsupported boolean format: {} should be in 'true,yes,1:false,no,0' format, but no ':' is present",
                self.format
            ));
        }
        let among = |words: &[String]| words.iter().any(|w| w == text);
        if among(&self.falsehoods) {
            return Ok(false);
        }
        if among(&self.truths) || self.falsehoods.is_empty() || self.truths.is_empty() {
            return Ok(among(&self.truths) || !self.falsehoods.is_empty());
        }
        Err(format!(
            "unsupported boolean value: {text} must one of [{}] or one of [{}]",
            self.truths.join(" "),
            self.falsehoods.join(" ")
        ))
    }
}

/// A boolean by its first letter.
pub(super) fn by_letter(text: &[u8]) -> Result<bool, String> {
    match text.first() {
        Some(b't' | b'T' | b'y' | b'Y' | b'1') => Ok(true),
        Some(b'f' | b'F' | b'n' | b'N' | b'0') => Ok(false),
        _ => Err(format!(
            "Unsupported boolean value '{}' , first character is expected to be 't','f','0','1','y','n'",
            String::from_utf8_lossy(text)
        )),
    }
}

#[test]
fn an_open_side_takes_the_rest() {
    let read = |format: &str, text: &str| Words::new(format).read(text).ok();
    assert_eq!((read("on:", "on"), read("on:", "x")), (Some(true), Some(false)));
    assert_eq!((read(":off", "off"), read(":off", "x")), (Some(false), Some(true)));
    assert_eq!((read(":", "x"), read("on:off", "x"), read("on", "on")), (Some(false), None, None));
}
