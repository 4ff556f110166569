//! Lists of objects as a table, or as JSON.

use anyhow::Result;
use comfy_table::{Table, presets};
use serde_json::Value;

use super::say;
use crate::arguments::Connection;

/// Prints objects: as JSON if that is asked for, else a table with a column for each `(title, path)`; a path goes into
/// nested objects by dots.
pub(crate) fn print_list(connection: &Connection, objects: &[Value], columns: &[(&str, &str)]) -> Result<()> {
    if connection.json {
        return Ok(say(serde_json::to_string_pretty(objects)?)?);
    }
    if objects.is_empty() {
        return Ok(());
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    if !connection.hide_headers {
        table.set_header(columns.iter().map(|(title, _)| *title));
    }
    for object in objects {
        table.add_row(columns.iter().map(|(_, path)| cell(object, path)));
    }
    Ok(say(table.trim_fmt())?)
}

fn cell(object: &Value, path: &str) -> String {
    let value = path.split('.').fold(object, |value, key| match key.parse::<usize>() {
        Ok(index) => &value[index],
        Err(_) => &value[key],
    });
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
