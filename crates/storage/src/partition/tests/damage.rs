//! What is not as it was written is noticed: no wrong answer, no panic.

use std::fs;

use super::{Table, everything, open_at, printed};
use crate::store::StorageError;

fn written() -> (tempfile::TempDir, std::path::PathBuf, Table, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.parquet");
    let table = Table::random(11, 600, 200);
    table.write(&path);
    let bytes = fs::read(&path).unwrap();
    (dir, path, table, bytes)
}

fn read_all(path: &std::path::Path, table: &Table) -> Result<Vec<String>, StorageError> {
    printed(&open_at(path)?, &everything(table))
}

#[test]
fn a_flipped_bit_is_noticed_wherever_it_is() {
    let (_dir, path, table, bytes) = written();
    let step = (bytes.len() / 1_500).max(1);
    let ends = (0..16).chain(bytes.len() - 600..bytes.len());
    for at in (0..bytes.len()).step_by(step).chain(ends) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(&path, &damaged).unwrap();
        let answer = read_all(&path, &table);
        assert!(answer.is_err(), "a flipped bit at {at} of {} went unnoticed", bytes.len());
    }
    fs::write(&path, &bytes).unwrap();
    assert_eq!(read_all(&path, &table).unwrap(), table.expected(&everything(&table)));
}

#[test]
fn the_error_names_file_row_group_and_column() {
    let (_dir, path, table, mut bytes) = written();
    let reader = open_at(&path).unwrap();
    let column = reader.inner.columns.iter().position(|column| column.name == "temp").unwrap();
    let (offset, len) = reader.inner.coded.metadata().row_group(1).column(column).byte_range();
    bytes[(offset + len / 2) as usize] ^= 0x10;
    fs::write(&path, &bytes).unwrap();
    let error = read_all(&path, &table).unwrap_err();
    let expected = format!(
        "{} is damaged at byte {offset}: row group 1, column \"temp\": the bytes do not have their checksum",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
    // Other columns are still read.
    let mut scan = everything(&table);
    scan.fields.retain(|(name, _)| name != "temp");
    assert_eq!(printed(&open_at(&path).unwrap(), &scan).unwrap(), table.expected(&scan));
}

#[test]
fn a_file_that_was_cut_short_is_refused() {
    let (_dir, path, table, bytes) = written();
    for len in (0..bytes.len()).step_by(bytes.len() / 300).chain([0, 1, 4, 8, 11, 12, bytes.len() - 1]) {
        fs::write(&path, &bytes[..len]).unwrap();
        assert!(read_all(&path, &table).is_err(), "{len} of {} bytes", bytes.len());
    }
    fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    let error = open_at(&path).unwrap_err().to_string();
    assert!(error.ends_with("it does not end in PAR1: it is no Parquet file, or was cut short"), "{error}");
}

#[test]
fn bytes_that_were_moved_or_repeated_are_noticed() {
    let (_dir, path, table, bytes) = written();
    let third = bytes.len() / 3;
    let doubled = [&bytes[..third], &bytes[..]].concat();
    let swapped = [&bytes[..8], &bytes[third..third + 64], &bytes[72..]].concat();
    let zeroed = [&bytes[..third], &[0; 512][..], &bytes[third + 512..]].concat();
    for (what, damaged) in [("doubled", doubled), ("swapped", swapped), ("zeroed", zeroed)] {
        fs::write(&path, &damaged).unwrap();
        assert!(read_all(&path, &table).is_err(), "{what}");
    }
}

#[test]
fn other_files_are_refused() {
    let (dir, path, _, _) = written();
    fs::write(&path, "time,value\n1,2\n3,4\n").unwrap();
    assert!(open_at(&path).unwrap_err().to_string().contains("it is no Parquet file"));
    let foreign = Table::random(3, 20, 100).batch(&[]);
    let file = fs::File::create(&path).unwrap();
    let foreign_writer = parquet::arrow::ArrowWriter::try_new(file, foreign.schema(), None).unwrap();
    foreign_writer.close().unwrap();
    let error = open_at(&path).unwrap_err().to_string();
    assert!(error.ends_with("its footer has no checksum of Tidegauge: it is no partition, or damaged"), "{error}");
    let error = open_at(&dir.path().join("nobody.parquet")).unwrap_err();
    assert!(matches!(error, StorageError::Io { action: "opening", .. }), "{error}");
}

#[test]
fn a_later_version_is_refused_by_name() {
    let (_dir, path, _, mut bytes) = written();
    let at = bytes.windows(3).rposition(|window| window == b"v1 ").unwrap();
    bytes[at + 1] = b'7';
    fs::write(&path, &bytes).unwrap();
    let error = open_at(&path).unwrap_err();
    assert!(matches!(error, StorageError::Version { found: 7, known: 1, .. }), "{error}");
}
