//! Lists of objects as a table, or as JSON.

use std::fmt::Write as _;

use anyhow::Result;
use serde::Serialize as _;
use serde_json::Value;

use super::say;
use crate::arguments::Connection;

/// Columns that a tab goes on by.
const TAB: usize = 8;

/// Prints objects: as JSON if that is asked for, else a table with a column for each `(title, path)`; a path goes into
/// nested objects by dots. The columns stand apart by tabs, as `influx` sets them, so that `cut` and `awk` find them.
pub(crate) fn print_list(connection: &Connection, objects: &[Value], columns: &[(&str, &str)]) -> Result<()> {
    if connection.json {
        return Ok(say(indented(&Value::from(objects.to_vec()))?)?);
    }
    let mut rows: Vec<Vec<String>> = Vec::with_capacity(objects.len() + 1);
    if !connection.hide_headers {
        rows.push(columns.iter().map(|(title, _)| (*title).to_owned()).collect());
    }
    rows.extend(objects.iter().map(|object| columns.iter().map(|(_, path)| cell(object, path)).collect()));
    let text = aligned(&rows);
    if text.is_empty() { Ok(()) } else { Ok(say(text.trim_end_matches('\n'))?) }
}

/// Prints the one object that a command made or changed: as JSON it is no list.
pub(crate) fn print_one(connection: &Connection, object: &Value, columns: &[(&str, &str)]) -> Result<()> {
    if connection.json {
        return Ok(say(indented(object)?)?);
    }
    print_list(connection, std::slice::from_ref(object), columns)
}

/// Prints the object that a command removed: a column says so.
pub(crate) fn print_removed(connection: &Connection, object: &Value, columns: &[(&str, &str)]) -> Result<()> {
    let mut object = object.clone();
    if !connection.json {
        object["deleted"] = Value::Bool(true);
    }
    let columns: Vec<(&str, &str)> = columns.iter().copied().chain([("Deleted", "deleted")]).collect();
    print_one(connection, &object, &columns)
}

fn indented(value: &Value) -> Result<String> {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, formatter))?;
    Ok(String::from_utf8(out)?)
}

fn cell(object: &Value, path: &str) -> String {
    let value = path.split('.').fold(object, |value, key| match key.parse::<usize>() {
        Ok(index) => &value[index],
        Err(_) => &value[key],
    });
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            let words: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            format!("[{}]", words.join(" "))
        }
        other => other.to_string(),
    }
}

/// Rows whose columns begin at the same tab stop; the last column is left as it is.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let stops: Vec<usize> = (0..columns).map(|column| (width(column).unwrap_or(0) + 1).div_ceil(TAB) * TAB).collect();
    let mut out = String::new();
    for row in rows {
        for (cell, stop) in row.iter().zip(&stops).take(columns.saturating_sub(1)) {
            let tabs = stop.saturating_sub(cell.chars().count()).div_ceil(TAB);
            // Writing to a String cannot fail.
            let _ = write!(out, "{cell}{}", "\t".repeat(tabs));
        }
        out.push_str(row.last().map_or("", String::as_str));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{aligned, cell};

    #[test]
    fn columns_begin_at_tab_stops() {
        let rows = [["ID", "Name", "Deleted"], ["0123456789abcdef", "été", "true"], ["0", "", ""]];
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|c| (*c).to_owned()).collect()).collect();
        assert_eq!(aligned(&rows), "ID\t\t\tName\tDeleted\n0123456789abcdef\tété\ttrue\n0\t\t\t\t\n");
        assert_eq!(aligned(&[]), "");
    }

    #[test]
    fn cells_are_texts_lists_of_texts_and_json() {
        let object = json!({"a": {"b": ["x", "y"]}, "n": 1, "t": "text", "none": null});
        assert_eq!(cell(&object, "a.b"), "[x y]");
        assert_eq!(cell(&object, "a.b.1"), "y");
        assert_eq!((cell(&object, "n"), cell(&object, "t")), ("1".to_owned(), "text".to_owned()));
        assert_eq!((cell(&object, "none"), cell(&object, "missing.0")), (String::new(), String::new()));
    }
}
