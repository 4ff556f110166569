//! The JSON form of a syntax tree, as InfluxDB 2 and its clients write it.
//!
//! Clients send `option v = {...}` as the JSON of a file beside the script (`extern`), and may ask for the tree of a
//! script. Both directions know every node; types of `builtin` statements are written as text and not read.

mod read;
mod tree;
mod write;

use crate::ast::File;
use crate::error::FluxError;

/// InfluxDB 2 wraps the file so before reading it, and counts columns from here.
const PACKAGE_HEAD: &str = r#"{"type":"Package","package":"main","files":["#;

/// Reads the file that comes as `extern`.
pub fn read_extern(text: &str) -> Result<File, FluxError> {
    let wrapped = format!("{PACKAGE_HEAD}{text}]}}");
    read_package(&wrapped)
        .map_err(|why| FluxError::invalid(format!("compilation failed: extern json parse error: {why}")))
}

/// Reads a whole script that comes as JSON: a package with one or more files, or a single file.
pub fn read_script(text: &str) -> Result<File, FluxError> {
    let kind: tree::Kind = serde_json::from_str(text).map_err(|why| bad_script(&why.to_string()))?;
    match kind.name.as_deref() {
        Some("File") => serde_json::from_str(text).map_err(|why| why.to_string()).and_then(read::file),
        _ => read_package(text),
    }
    .map_err(|why| bad_script(&why))
}

fn bad_script(why: &str) -> FluxError {
    FluxError::invalid(format!("compilation failed: ast json parse error: {why}"))
}

/// All files of a package as one.
fn read_package(text: &str) -> Result<File, String> {
    let package: tree::Package = serde_json::from_str(text).map_err(|why| why.to_string())?;
    let mut files = package.files.into_iter();
    let mut whole = files.next().map(read::file).transpose()?.unwrap_or_default();
    for file in files {
        let file = read::file(file)?;
        whole.package = whole.package.or(file.package);
        whole.imports.extend(file.imports);
        whole.body.extend(file.body);
    }
    Ok(whole)
}

/// The package that holds a script, with the text of each node.
pub fn write_package(text: &str, file: &File) -> serde_json::Value {
    write::Writer { text }.package(file)
}
