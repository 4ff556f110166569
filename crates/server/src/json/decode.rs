//! Reading bodies: whatever the Content-Type says, the first JSON value; wrong types are told as Go tells them.

use serde_json::{Map, Value};

use super::syntax;

/// The first JSON value of a body; the error is Go's text.
pub(crate) fn parse(body: &[u8]) -> Result<Value, String> {
    let mut values = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) => Ok(value),
        Some(Err(cause)) if cause.to_string().starts_with("recursion limit") => {
            Err(format!("exceeded max depth: nest at most {} arrays and objects", crate::limits::JSON_DEPTH))
        }
        Some(Err(_)) | None => Err(syntax::complaint(body)),
    }
}

/// What Go calls a value's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind(&'static str);

/// The kind of a value, as it stands in `cannot unmarshal KIND into …`.
fn kind_of(value: &Value) -> Kind {
    Kind(match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    })
}

/// The keys of an object, read by type. Absent and `null` are the same, as in Go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    map: Option<&'a Map<String, Value>>,
    /// The struct that Go decodes into, as its errors name it.
    owner: &'static str,
}

impl<'a> Fields<'a> {
    /// The fields of an object; `null` has none. `type_name` is what Go calls the whole.
    pub(crate) fn of(value: &'a Value, owner: &'static str, type_name: &str) -> Result<Self, String> {
        match value {
            Value::Object(map) => Ok(Self { map: Some(map), owner }),
            Value::Null => Ok(Self { map: None, owner }),
            other => Err(format!("json: cannot unmarshal {} into Go value of type {type_name}", kind_of(other).0)),
        }
    }

    /// Whatever stands there, unless it is absent or null.
    pub(crate) fn any(&self, key: &str) -> Option<&'a Value> {
        self.map?.get(key).filter(|v| !v.is_null())
    }

    fn wrong(&self, key: &str, value: &Value, wanted: &str) -> String {
        let kind = match value {
            Value::Number(n) if wanted.starts_with("int") => format!("number {n}"),
            other => kind_of(other).0.to_owned(),
        };
        format!("json: cannot unmarshal {kind} into Go struct field {}.{key} of type {wanted}", self.owner)
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&'a str>, String> {
        match self.any(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(key, other, "string")),
        }
    }

    /// A truth value.
    pub(crate) fn boolean(&self, key: &str) -> Result<Option<bool>, String> {
        match self.any(key) {
            None => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(*b)),
            Some(other) => Err(self.wrong(key, other, "bool")),
        }
    }

    /// A whole number.
    pub(crate) fn integer(&self, key: &str) -> Result<Option<i64>, String> {
        match self.any(key) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| self.wrong(key, value, "int64")),
        }
    }

    /// A list; `wanted` is Go's name of its type.
    pub(crate) fn list(&self, key: &str, wanted: &str) -> Result<Option<&'a [Value]>, String> {
        match self.any(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(other) => Err(self.wrong(key, other, wanted)),
        }
    }

    /// A list of texts; a null in it is an empty text.
    pub(crate) fn texts(&self, key: &str) -> Result<Option<Vec<&'a str>>, String> {
        let Some(items) = self.list(key, "[]string")? else { return Ok(None) };
        let text = |item: &'a Value| match item {
            Value::String(text) => Ok(text.as_str()),
            Value::Null => Ok(""),
            other => Err(self.wrong(key, other, "string")),
        };
        items.iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// An object below `key`; `owner` is its struct, `wanted` Go's name of its type.
    pub(crate) fn object(&self, key: &str, owner: &'static str, wanted: &str) -> Result<Option<Fields<'a>>, String> {
        match self.any(key) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Fields { map: Some(map), owner })),
            Some(other) => Err(self.wrong(key, other, wanted)),
        }
    }
}
