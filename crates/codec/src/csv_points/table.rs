//! A table: its columns, and a row of it as a line.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::column::{Column, Part, Source, Type};
use super::convert::Notes;
use super::records::Row;
use super::template::Piece;
use super::value;
use super::zone::Zone;

/// Bytes that a backslash stands before in a measurement.
const MEASUREMENT_SPECIAL: &[u8] = b", ";
/// Bytes that a backslash stands before in names, tags and fields.
const NAME_SPECIAL: &[u8] = b", =";

/// Why a row is no line: the column, if it is one's fault, and the reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) column: Option<Vec<u8>>,
    pub(super) reason: String,
}

impl Refusal {
    fn of_row(reason: &str) -> Self {
        Self { column: None, reason: reason.to_owned() }
    }

    fn of(column: &Column, reason: String) -> Self {
        Self { column: Some(column.label.clone()), reason }
    }
}

/// A template that must find its columns in every table that follows.
#[derive(Debug)]
pub(super) struct Demand {
    pub(super) label: Vec<u8>,
    pub(super) template: Vec<u8>,
    pub(super) pieces: Vec<Piece>,
}

/// Which columns make which part of a line; numbers count the columns of rows, then the added ones.
#[derive(Debug, Default)]
struct Plan {
    measurement: Option<usize>,
    time: Option<usize>,
    field_name: Option<usize>,
    field_value: Option<usize>,
    fields: Vec<usize>,
    tags: Vec<usize>,
}

/// The table that is read.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    /// Columns of `#constant` and `#concat`.
    pub(super) added: Vec<Column>,
    /// Column annotations that were read, one bit each.
    pub(super) annotations: u8,
    /// The header was read: what follows are rows.
    pub(super) in_rows: bool,
    pub(super) zone: Option<Zone>,
    pub(super) demands: Vec<Demand>,
    /// Types may not stand in header cells.
    plain_names: bool,
    plan: Option<Plan>,
}

impl Table {
    pub(super) fn new(plain_names: bool) -> Self {
        Self { plain_names, ..Self::default() }
    }

    /// Forgets the columns. What `#timezone` said and what templates demand goes on to the next table, as it does in `influx`.
    pub(super) fn begin(&mut self) {
        self.annotations = 0;
        self.in_rows = false;
        self.columns.clear();
        self.added.clear();
        self.changed();
    }

    /// Columns changed: how they make a line must be found anew.
    pub(super) fn changed(&mut self) {
        self.plan = None;
    }

    /// Columns for rows of this length.
    pub(super) fn make_columns(&mut self, length: usize) {
        self.columns = (0..length).map(|at| Column::new(Source::Cell(at))).collect();
    }

    /// The labels of a header row.
    pub(super) fn header(&mut self, row: &Row) {
        self.changed();
        if self.annotations == 0 {
            self.make_columns(row.len());
        }
        for (at, column) in self.columns.iter_mut().enumerate() {
            let Some(cell) = row.get(at).filter(|_| column.label.is_empty()) else { continue };
            column.label = cell.to_vec();
            let bar = memchr::memchr(b'|', cell).filter(|_| column.kind == Type::Untyped && !self.plain_names);
            if let Some(bar) = bar {
                column.set_type(cell.get(bar + 1..).unwrap_or_default());
                column.label.truncate(bar);
            }
        }
        self.in_rows = true;
    }

    /// The first column of rows with this label.
    fn labelled(&self, label: &[u8]) -> Option<&Column> {
        self.columns.iter().find(|c| c.label == label)
    }

    fn column(&self, at: usize) -> Option<&Column> {
        self.columns.get(at).or_else(|| self.added.get(at.checked_sub(self.columns.len())?))
    }

    fn column_mut(&mut self, at: usize) -> Option<&mut Column> {
        let behind = at.checked_sub(self.columns.len());
        self.columns.get_mut(at).or_else(|| self.added.get_mut(behind?))
    }

    /// A column's value in a row: its cell, or what stands for an empty one.
    fn value<'a>(&'a self, column: &'a Column, row: &'a Row, notes: &mut dyn Notes) -> Cow<'a, [u8]> {
        match &column.source {
            Source::Constant => Cow::Borrowed(&column.default),
            Source::Cell(at) => Cow::Borrowed(row.get(*at).filter(|cell| !cell.is_empty()).unwrap_or(&column.default)),
            Source::Template(pieces) => {
                let mut text = Vec::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(plain) => text.extend_from_slice(plain),
                        Piece::Label(label) => match self.labelled(label) {
                            Some(other) => text.extend_from_slice(&self.value(other, row, notes)),
                            None => notes.warning(&format!(
                                "column {}: column '{}' cannot be replaced, no such column available",
                                lossy(&column.label),
                                lossy(label)
                            )),
                        },
                    }
                }
                Cow::Owned(text)
            }
        }
    }

    /// Decides which columns make which part of a line, and refuses what cannot.
    fn make_plan(&mut self, notes: &mut dyn Notes) -> Result<(), Refusal> {
        let mut plan = Plan::default();
        let mut tags: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        let open_is_field = self.labelled(b"_field").is_none();
        for at in 0..self.columns.len() + self.added.len() {
            let Some(column) = self.column(at) else { break };
            let (label, part) = (column.label.as_slice(), column.part);
            if label == b"_measurement" || part == Some(Part::Measurement) {
                plan.measurement = Some(at);
            } else if label == b"_time" || part == Some(Part::Time) {
                self.tell_of_second_time(plan.time, notes);
                plan.time = Some(at);
            } else if part == Some(Part::Ignored) || lossy(label).trim().is_empty() {
            } else if label == b"_field" {
                plan.field_name = Some(at);
            } else if label == b"_value" {
                plan.field_value = Some(at);
            } else if part == Some(Part::Tag) {
                if let Some(before) = tags.insert(label.to_vec(), at).and_then(|before| self.column(before)) {
                    notes.warning(&format!(
                        "ignoring duplicate tag '{}' at column index {}, using column at index {}",
                        lossy(label),
                        before.place(),
                        column.place()
                    ));
                }
            } else if part == Some(Part::Field) || open_is_field {
                plan.fields.push(at);
            }
        }
        plan.tags = tags.into_values().collect();
        self.prepare(&plan);
        let checked = self.check(&plan);
        self.plan = Some(plan);
        checked
    }

    fn tell_of_second_time(&self, before: Option<usize>, notes: &mut dyn Notes) {
        let Some(before) = before.and_then(|at| self.column(at)) else { return };
        if !matches!(before.label.as_slice(), b"_start" | b"_stop") {
            notes.warning(&format!(
                "at most one dateTime column is expected, '{}' column is ignored",
                lossy(&before.label)
            ));
        }
    }

    /// Escapes names once, and gives the time its zone.
    fn prepare(&mut self, plan: &Plan) {
        for at in plan.tags.iter().chain(&plan.fields) {
            if let Some(column) = self.column_mut(*at) {
                column.key.clear();
                value::escape(&column.label, NAME_SPECIAL, &mut column.key);
            }
        }
        let zone = self.zone;
        if let Some(time) = plan.time.and_then(|at| self.column_mut(at)) {
            time.zone = time.zone.or(zone);
        }
    }

    fn check(&self, plan: &Plan) -> Result<(), Refusal> {
        for at in plan.field_value.iter().chain(&plan.fields) {
            if let Some(column) = self.column(*at)
                && let Type::Other(name) = &column.kind
            {
                return Err(Refusal::of(column, format!("data type '{name}' is not supported")));
            }
        }
        for demand in &self.demands {
            for piece in &demand.pieces {
                let Piece::Label(label) = piece else { continue };
                if self.labelled(label).is_some() {
                    continue;
                }
                let labels: Vec<_> = self.columns.iter().map(|c| lossy(&c.label)).collect();
                let reason = format!(
                    "'{}' references an unknown column '{}', available columns are: {}",
                    lossy(&demand.template),
                    lossy(label),
                    labels.join(",")
                );
                return Err(Refusal { column: Some(demand.label.clone()), reason });
            }
        }
        Ok(())
    }

    /// Appends a row as a line without its end. On a refusal `out` may hold the start of one.
    pub(super) fn line(
        &mut self,
        row: &Row,
        number: usize,
        notes: &mut dyn Notes,
        out: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        if self.plan.is_none() {
            self.make_plan(notes)?;
        }
        let Some(plan) = self.plan.take() else { return Ok(()) };
        let written = self.append_line(&plan, row, number, notes, out);
        self.plan = Some(plan);
        written
    }

    fn append_line(
        &mut self,
        plan: &Plan,
        row: &Row,
        number: usize,
        notes: &mut dyn Notes,
        out: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        let measurement = plan.measurement.and_then(|at| self.column(at));
        let measurement = measurement.ok_or_else(|| Refusal::of_row("no measurement column found"))?;
        let name = self.value(measurement, row, notes);
        if name.is_empty() {
            return Err(Refusal::of(measurement, "no measurement supplied".to_owned()));
        }
        value::escape(&name, MEASUREMENT_SPECIAL, out);
        for tag in plan.tags.iter().filter_map(|at| self.column(*at)) {
            let text = self.value(tag, row, notes);
            if within(tag, row) && !text.is_empty() {
                out.push(b',');
                out.extend_from_slice(&tag.key);
                out.push(b'=');
                value::escape(&text, NAME_SPECIAL, out);
            }
        }
        out.push(b' ');
        if !self.append_fields(plan, row, number, notes, out)? {
            return Err(Refusal::of_row("no field data found"));
        }
        let Some(at) = plan.time else { return Ok(()) };
        if let Some(time) = self.column_mut(at).filter(|time| time.kind == Type::Untyped) {
            time.kind = Type::DateTime;
            time.format.clear();
        }
        let Some(time) = self.column(at).filter(|time| within(time, row)) else { return Ok(()) };
        let text = self.value(time, row, notes);
        if text.is_empty() {
            return Ok(());
        }
        out.push(b' ');
        append_value(time, &time.label, &text, number, notes, out)
    }

    /// Appends the fields; whether there was one.
    fn append_fields(
        &self,
        plan: &Plan,
        row: &Row,
        number: usize,
        notes: &mut dyn Notes,
        out: &mut Vec<u8>,
    ) -> Result<bool, Refusal> {
        let mut any = false;
        let pair = plan.field_name.and_then(|at| self.column(at)).zip(plan.field_value.and_then(|at| self.column(at)));
        if let Some((name, column)) = pair {
            let (field, text) = (self.value(name, row, notes), self.value(column, row, notes));
            if !field.is_empty() && !text.is_empty() {
                value::escape(&field, NAME_SPECIAL, out);
                out.push(b'=');
                append_value(column, &name.label, &text, number, notes, out)?;
                any = true;
            }
        }
        for field in plan.fields.iter().filter_map(|at| self.column(*at)) {
            let text = self.value(field, row, notes);
            if text.is_empty() {
                continue;
            }
            if std::mem::replace(&mut any, true) {
                out.push(b',');
            }
            out.extend_from_slice(&field.key);
            out.push(b'=');
            append_value(field, &field.label, &text, number, notes, out)?;
        }
        Ok(any)
    }

    /// The columns as they are used, for people who look for a mistake.
    pub(super) fn describe(&self) -> String {
        let Some(plan) = &self.plan else { return String::from("no columns") };
        let mut text = format!("columns: {} in rows, {} added\n", self.columns.len(), self.added.len());
        let parts: [(&str, &[usize]); 6] = [
            ("measurement", plan.measurement.as_slice()),
            ("tag", &plan.tags),
            ("field name", plan.field_name.as_slice()),
            ("field value", plan.field_value.as_slice()),
            ("field", &plan.fields),
            ("time", plan.time.as_slice()),
        ];
        for (part, places) in parts {
            for column in places.iter().filter_map(|at| self.column(*at)) {
                text.push_str(&format!(
                    "  {part}: '{}' from column index {}, type '{}', format '{}', default '{}'\n",
                    lossy(&column.label),
                    column.place(),
                    column.kind.name(),
                    lossy(&column.format),
                    lossy(&column.default)
                ));
            }
        }
        text
    }
}

/// Whether a row is long enough to have a column's cell; columns that are in no row are always there.
fn within(column: &Column, row: &Row) -> bool {
    match column.source {
        Source::Cell(at) => at < row.len(),
        Source::Constant | Source::Template(_) => true,
    }
}

/// Appends a value; what is wrong with it is told under a label.
fn append_value(
    column: &Column,
    label: &[u8],
    text: &[u8],
    number: usize,
    notes: &mut dyn Notes,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    let mut remark = |text: String| {
        notes.warning(&format!("line {number}: column '{}': {text}", lossy(&column.label)));
    };
    value::append(column, text, out, &mut remark).map_err(|reason| Refusal { column: Some(label.to_vec()), reason })
}

fn lossy(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}
