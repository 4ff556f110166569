//! The form of a query's answer, as the request asks for it.

use codec::annotated_csv::{Dialect, DialectOptions};
use serde_json::Value;

use crate::json::Fields;

/// Why a dialect is refused: a JSON type (told as an unreadable body), or a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DialectError {
    /// Go's text for a value of the wrong type.
    Json(String),
    /// A value that is not allowed.
    Value(String),
}

impl From<String> for DialectError {
    fn from(text: String) -> Self {
        Self::Json(text)
    }
}

/// The key `dialect` of a request.
pub(crate) fn dialect_of(request: &Fields<'_>) -> Result<Dialect, DialectError> {
    let Some(fields) = request.object("dialect", "QueryDialect.dialect", "http.QueryDialect")? else {
        return Ok(Dialect::default());
    };
    let names: Vec<String> = fields.texts("annotations")?.unwrap_or_default().into_iter().map(str::to_owned).collect();
    let options = DialectOptions {
        header: fields.boolean("header")?,
        delimiter: fields.text("delimiter")?,
        comment_prefix: fields.text("commentPrefix")?,
        date_time_format: fields.text("dateTimeFormat")?,
        annotations: &names,
    };
    options.check().map_err(|cause| DialectError::Value(cause.to_string()))
}

/// Which form a body has, by its Content-Type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// The script itself.
    Flux,
    /// Anything else is tried as JSON.
    Json,
}

/// Reads a Content-Type as Go's `mime.ParseMediaType` does; only a malformed one is refused.
pub(crate) fn media_type(text: &str) -> Result<MediaType, &'static str> {
    let (kind, parameters) = text.split_once(';').unwrap_or((text, ""));
    let kind = kind.trim();
    let token_end = |s: &str| s.find(|c: char| !is_token(c)).unwrap_or(s.len());
    let (major, rest) = kind.split_at(token_end(kind));
    if major.is_empty() {
        return Err("mime: no media type");
    }
    if !rest.is_empty() {
        let Some(rest) = rest.strip_prefix('/') else { return Err("mime: expected slash after first token") };
        let (minor, rest) = rest.split_at(token_end(rest));
        if minor.is_empty() {
            return Err("mime: expected token after slash");
        }
        if !rest.is_empty() {
            return Err("mime: unexpected content after media subtype");
        }
    }
    let well_formed = |p: &str| p.is_empty() || p.split_once('=').is_some_and(|(n, v)| !n.is_empty() && !v.is_empty());
    if !parameters.split(';').map(str::trim).all(well_formed) {
        return Err("mime: invalid media parameter");
    }
    Ok(if kind.eq_ignore_ascii_case("application/vnd.flux") { MediaType::Flux } else { MediaType::Json })
}

fn is_token(c: char) -> bool {
    c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(c)
}

/// `now` of a request in nanoseconds; the error is Go's text.
pub(crate) fn now_ns(value: Option<&Value>) -> Result<Option<i64>, String> {
    let Some(value) = value else { return Ok(None) };
    let Value::String(text) = value else { return Err("Time.UnmarshalJSON: input is not a JSON string".to_owned()) };
    let layout = "2006-01-02T15:04:05Z07:00";
    let time = chrono::DateTime::parse_from_rfc3339(text)
        .map_err(|_| format!("parsing time {text:?} as {layout:?}: cannot parse {text:?} as \"2006\""))?;
    let ns = time.timestamp_nanos_opt().ok_or_else(|| format!("time {text:?} is outside the years 1677 to 2262"))?;
    Ok(Some(ns))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use codec::annotated_csv::{Annotation, Dialect};

    use super::{DialectError, MediaType, dialect_of, media_type, now_ns};
    use crate::json::Fields;

    fn dialect(value: serde_json::Value) -> Result<Dialect, DialectError> {
        let request = json!({"dialect": value});
        dialect_of(&Fields::of(&request, "QueryRequest", "http.QueryRequest").unwrap())
    }

    fn refused(value: serde_json::Value) -> String {
        match dialect(value).unwrap_err() {
            DialectError::Json(text) | DialectError::Value(text) => text,
        }
    }

    #[test]
    fn annotations_keep_their_order() {
        let read = dialect(json!({"annotations": ["default", "datatype"], "delimiter": ";", "header": false})).unwrap();
        assert_eq!(read.annotations, [Annotation::Default, Annotation::Datatype]);
        assert_eq!((read.delimiter, read.header), (b';', false));
        let nulls = json!({"annotations": null, "header": null, "quoteChar": "'", "commentPrefix": "%"});
        assert_eq!(dialect(nulls).unwrap(), Dialect::default());
    }

    #[test]
    fn wrong_values_are_refused_in_influxdbs_words() {
        assert_eq!(refused(json!({"annotations": ["type"]})), "unknown dialect annotation type: type");
        assert_eq!(refused(json!({"annotations": [null]})), "unknown dialect annotation type: ");
        assert_eq!(refused(json!({"delimiter": ",,"})), "invalid dialect delimeter: must be length 1");
        assert_eq!(refused(json!({"commentPrefix": "é"})), "invalid dialect comment prefix: must be length 0 or 1");
        assert_eq!(refused(json!({"dateTimeFormat": "rfc3339"})), "unknown dialect date time format: rfc3339");
        assert!(refused(json!({"delimiter": "\n"})).starts_with("invalid dialect delimeter"));
        assert_eq!(
            refused(json!({"header": "yes"})),
            "json: cannot unmarshal string into Go struct field QueryDialect.dialect.header of type bool"
        );
        assert_eq!(
            refused(json!("csv")),
            "json: cannot unmarshal string into Go struct field QueryRequest.dialect of type http.QueryDialect"
        );
    }

    #[test]
    fn media_types() {
        assert_eq!(media_type("application/vnd.flux; charset=utf-8"), Ok(MediaType::Flux));
        assert_eq!(media_type("application/json; encoding=utf-8"), Ok(MediaType::Json));
        assert_eq!(media_type("text/plain"), Ok(MediaType::Json));
        assert_eq!(media_type("a/b/c;;"), Err("mime: unexpected content after media subtype"));
        assert_eq!(media_type("/b"), Err("mime: no media type"));
    }

    #[test]
    fn now_is_read_with_its_zone() {
        let at = |text: &str| now_ns(Some(&json!(text)));
        assert_eq!(at("2024-03-04T12:00:00.123456789+02:00"), Ok(Some(1_709_546_400_123_456_789)));
        assert_eq!(now_ns(None), Ok(None));
        assert_eq!(
            at("yesterday").unwrap_err(),
            "parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\""
        );
    }
}
