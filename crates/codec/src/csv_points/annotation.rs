//! Rows that start with `#`: what they say of the table below them.

use super::column::{Column, Part, Source, behind_annotation};
use super::convert::Notes;
use super::records::Row;
use super::table::{Demand, Table};
use super::template;
use super::zone::Zone;

/// An annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Annotation {
    Group,
    DataType,
    Default,
    Constant,
    TimeZone,
    Concat,
}

const NAMES: &[(&str, Annotation)] = &[
    ("#group", Annotation::Group),
    ("#datatype", Annotation::DataType),
    ("#default", Annotation::Default),
    ("#constant", Annotation::Constant),
    ("#timezone", Annotation::TimeZone),
    ("#concat", Annotation::Concat),
];

impl Annotation {
    /// The annotation that a first cell names, alone or with its first value behind a blank.
    fn named(cell: &[u8]) -> Option<Self> {
        NAMES.iter().find_map(|(name, annotation)| {
            let (start, rest) = cell.split_at_checked(name.len())?;
            let named = start.eq_ignore_ascii_case(name.as_bytes()) && matches!(rest.first(), None | Some(b' '));
            named.then_some(*annotation)
        })
    }

    /// The bit of an annotation that has a cell for each column; none for one that speaks of the whole table.
    fn bit(self) -> Option<u8> {
        match self {
            Self::Group => Some(1),
            Self::DataType => Some(2),
            Self::Default => Some(4),
            Self::Constant | Self::TimeZone | Self::Concat => None,
        }
    }

    fn set(self, column: &mut Column, cell: &[u8]) {
        match self {
            Self::Group if cell.ends_with(b"true") => column.part = column.part.or(Some(Part::Tag)),
            Self::DataType => column.set_type(cell),
            Self::Default => column.default = behind_annotation(cell).to_vec(),
            _ => {}
        }
    }
}

/// Reads a row that starts with `#`.
pub(super) fn read(table: &mut Table, row: &Row, notes: &mut dyn Notes) {
    let first = row.get(0).unwrap_or_default();
    let Some(annotation) = Annotation::named(first) else {
        if !first.starts_with(b"# ") {
            notes.warning(&format!("unsupported annotation:  {}", String::from_utf8_lossy(first)));
        }
        return;
    };
    table.changed();
    let Some(bit) = annotation.bit() else {
        match annotation {
            Annotation::Constant => table.added.push(constant(row)),
            Annotation::Concat => concat(table, row),
            _ => {
                if let Err(why) = time_zone(table, row) {
                    notes.warning(&format!(" #timezone annotation: {why}"));
                }
            }
        }
        return;
    };
    if table.in_rows {
        table.begin();
    }
    // A second `#group` starts over; a second one of another kind is read on top of the first.
    if table.annotations == 0 || table.annotations & bit == 1 {
        table.annotations = bit;
        table.make_columns(row.len());
    } else {
        table.annotations |= bit;
    }
    for (at, column) in table.columns.iter_mut().enumerate() {
        if let Some(cell) = row.get(at) {
            annotation.set(column, cell);
        }
    }
}

/// A column that an annotation adds: type, label and value; measurement and time may leave the label out.
fn added(row: &Row, annotation: &str) -> Column {
    let mut column = Column::new(Source::Constant);
    column.set_type(row.get(0).unwrap_or_default());
    let mut at = 0;
    if column.kind.name().is_empty() && column.part.is_none() {
        at = 1;
        if let Some(cell) = row.get(1) {
            column.set_type(cell);
        }
    }
    if let Some(cell) = row.get(at + 1) {
        column.label = cell.to_vec();
    }
    if let Some(cell) = row.get(at + 2) {
        column.default = cell.to_vec();
    }
    if matches!(column.part, Some(Part::Measurement | Part::Time)) {
        let own = format!("{annotation} {}", column.kind.name()).into_bytes();
        if column.label.is_empty() {
            column.label = own;
        } else if column.default.is_empty() {
            column.default = std::mem::replace(&mut column.label, own);
        }
    }
    column
}

fn constant(row: &Row) -> Column {
    added(row, "#constant")
}

fn concat(table: &mut Table, row: &Row) {
    let mut column = added(row, "#concat");
    let pieces = template::pieces(&column.default);
    table.demands.push(Demand {
        label: column.label.clone(),
        template: column.default.clone(),
        pieces: pieces.clone(),
    });
    column.source = Source::Template(pieces);
    table.added.push(column);
}

fn time_zone(table: &mut Table, row: &Row) -> Result<(), String> {
    let glued = behind_annotation(row.get(0).unwrap_or_default());
    let name = if glued.is_empty() { row.get(1).unwrap_or_default() } else { glued };
    table.zone = Some(Zone::read(name)?);
    Ok(())
}
