//! The query string of a request, read in place: a value is copied only when it holds escapes.

use std::borrow::Cow;

use axum::http::Uri;
use percent_encoding::percent_decode_str;

/// The arguments behind the `?`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Args<'a>(&'a str);

impl<'a> Args<'a> {
    /// Of a request's address.
    pub(crate) fn of(uri: &'a Uri) -> Self {
        Self(uri.query().unwrap_or_default())
    }

    /// Of a text such as a form's body.
    pub(crate) fn from_text(text: &'a str) -> Self {
        Self(text)
    }

    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.0.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let same = key == name || (key.contains(['%', '+']) && unescape(key) == name);
            same.then(|| unescape(value))
        })
    }

    /// The first value of a name, unless it is empty.
    pub(crate) fn filled(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).filter(|v| !v.is_empty())
    }
}

fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let spaced: Cow<'_, str> =
        if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

/// A truth value in the forms that Go takes.
pub(crate) fn go_bool(text: &str) -> Option<bool> {
    match text {
        "true" | "1" | "t" | "T" | "TRUE" | "True" => Some(true),
        "false" | "0" | "f" | "F" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A text as it stands in a query string.
pub(crate) fn escape(text: &str) -> String {
    const PLAIN: percent_encoding::AsciiSet =
        percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b' ');
    percent_encoding::utf8_percent_encode(text, &PLAIN).to_string().replace(' ', "+")
}

#[cfg(test)]
mod tests {
    use super::{Args, escape};

    #[test]
    fn values_are_unescaped_and_the_first_counts() {
        let args = Args::from_text("org=my+org&bucket=a%20b%2Fc&bucket=d&empty=&flag");
        assert_eq!(args.get("org").unwrap(), "my org");
        assert_eq!(args.get("bucket").unwrap(), "a b/c");
        assert_eq!(args.get("empty").unwrap(), "");
        assert_eq!(args.filled("empty"), None);
        assert_eq!(args.get("flag").unwrap(), "");
        assert_eq!(args.get("none"), None);
    }

    #[test]
    fn escaping_goes_back_and_forth() {
        let text = "a b/c&d=é+~";
        assert_eq!(escape("lock2-r1"), "lock2-r1");
        assert_eq!(Args::from_text(&format!("x={}", escape(text))).get("x").unwrap(), text);
    }
}
