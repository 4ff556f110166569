//! Answers as charts for a terminal: a picture for each table with `_time` and a number in `_value`.

use std::io::{Read, Write};

use anyhow::{Result, bail};

use super::reader::{Header, Sink, read};

/// Characters of a picture, which has two dots by four in each.
const WIDTH: usize = 72;
const HEIGHT: usize = 12;
/// Points of a table that are kept; of more, every second one goes.
const MAX_POINTS: usize = 1 << 20;
/// The first character of the block of dots.
const NO_DOTS: u32 = 0x2800;
/// The bit of a dot, by its row and column in a character.
const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// Draws every table.
pub(super) fn write(answer: impl Read, out: impl Write) -> Result<()> {
    let mut pictures = Pictures { out, title: None, points: Vec::new(), drawn: 0, met: 0 };
    read(answer, &mut pictures)?;
    pictures.draw()?;
    if pictures.drawn == 0 && pictures.met > 0 {
        bail!("nothing to draw: a chart wants tables with _time and a number in _value");
    }
    Ok(pictures.out.flush()?)
}

struct Pictures<W> {
    out: W,
    /// Result and number of the table, and what is written above it.
    title: Option<(String, String, String)>,
    points: Vec<(i64, f64)>,
    drawn: usize,
    met: usize,
}

impl<W: Write> Sink for Pictures<W> {
    fn row(&mut self, header: &Header, row: &csv::StringRecord) -> Result<()> {
        let (result, table) = header.table(row);
        if self.title.as_ref().is_none_or(|(r, t, _)| r != result || t != table) {
            self.draw()?;
            self.met += 1;
            let key = header.columns().filter(|at| header.is_key(*at) && !header.kind(*at).starts_with("dateTime"));
            let key: Vec<String> =
                key.map(|at| format!("{}={}", header.name(at), header.value(row, at).unwrap_or_default())).collect();
            self.title = Some((result.to_owned(), table.to_owned(), format!("{result}: {}", key.join(" "))));
        }
        let cell = |name| header.place(name).and_then(|at| header.value(row, at));
        let time = cell("_time").and_then(codec::rfc3339::parse);
        let value = cell("_value").and_then(|text| text.parse().ok()).filter(|v: &f64| v.is_finite());
        if let (Some(time), Some(value)) = (time, value) {
            self.points.push((time, value));
        }
        if self.points.len() >= MAX_POINTS {
            let mut keep = false;
            self.points.retain(|_| {
                keep = !keep;
                keep
            });
        }
        Ok(())
    }
}

impl<W: Write> Pictures<W> {
    fn draw(&mut self) -> Result<()> {
        let Some((.., title)) = self.title.take() else { return Ok(()) };
        if self.points.is_empty() {
            return Ok(());
        }
        self.points.sort_by_key(|(time, _)| *time);
        if self.drawn > 0 {
            writeln!(self.out)?;
        }
        self.drawn += 1;
        let values = || self.points.iter().map(|(_, value)| *value);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        let first = self.points.first().map_or(0, |(time, _)| *time);
        let last = self.points.last().map_or(0, |(time, _)| *time);
        let mut canvas = Canvas::new();
        let mut before: Option<(usize, usize)> = None;
        for (time, value) in &self.points {
            let x = place(*time as f64 - first as f64, last as f64 - first as f64, 2 * WIDTH);
            let y = 4 * HEIGHT - 1 - place(value - low, high - low, 4 * HEIGHT);
            canvas.line(before.unwrap_or((x, y)), (x, y));
            before = Some((x, y));
        }
        writeln!(self.out, "{title}")?;
        let (low, high) = (short(low), short(high));
        let margin = low.len().max(high.len());
        for (at, line) in canvas.lines().enumerate() {
            let label = if at == 0 {
                high.as_str()
            } else if at == HEIGHT - 1 {
                low.as_str()
            } else {
                ""
            };
            writeln!(self.out, "{label:>margin$} |{line}")?;
        }
        let (first, last) = (codec::rfc3339::text(first), codec::rfc3339::text(last));
        writeln!(self.out, "{:margin$} {first}{last:>width$}", "", width = (WIDTH + 1).saturating_sub(first.len()))?;
        self.points.clear();
        Ok(())
    }
}

/// The dot of a distance on a line of so many dots.
fn place(distance: f64, whole: f64, dots: usize) -> usize {
    if whole <= 0.0 { dots / 2 } else { ((distance / whole * (dots - 1) as f64).round() as usize).min(dots - 1) }
}

/// A number with at most six digits that count.
fn short(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e9).contains(&size) {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Dots.
struct Canvas {
    cells: Vec<[u32; WIDTH]>,
}

impl Canvas {
    fn new() -> Self {
        Self { cells: vec![[NO_DOTS; WIDTH]; HEIGHT] }
    }

    fn dot(&mut self, x: usize, y: usize) {
        let bit = DOTS.get(y % 4).and_then(|row| row.get(x % 2)).copied().unwrap_or_default();
        if let Some(cell) = self.cells.get_mut(y / 4).and_then(|row| row.get_mut(x / 2)) {
            *cell |= bit;
        }
    }

    /// Dots from one place to another.
    fn line(&mut self, from: (usize, usize), to: (usize, usize)) {
        let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
        let between = |a: usize, b: usize, step: usize| {
            (a as f64 + (b as f64 - a as f64) * step as f64 / steps as f64).round() as usize
        };
        for step in 0..=steps {
            self.dot(between(from.0, to.0, step), between(from.1, to.1, step));
        }
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        self.cells.iter().map(|row| row.iter().filter_map(|c| char::from_u32(*c)).collect())
    }
}

#[test]
fn a_table_becomes_a_picture() {
    let answer = "#datatype,string,long,dateTime:RFC3339,double,string\r\n#group,false,false,false,false,true\r\n#default,_result,,,,\r\n,result,table,_time,_value,t\r\n,,0,1970-01-01T00:00:00Z,1,a\r\n,,0,1970-01-01T00:00:01Z,3.5,a\r\n\r\n";
    let mut out = Vec::new();
    assert!(write(answer.as_bytes(), &mut out).is_ok());
    let text = String::from_utf8_lossy(&out).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), HEIGHT + 2, "{text}");
    assert!(
        lines[0] == "_result: t=a" && lines[1].starts_with("3.5 |") && lines[HEIGHT].starts_with("  1 |"),
        "{text}"
    );
    assert!(
        lines[1].ends_with('\u{2809}') || lines[1].ends_with('\u{2808}') || lines[1].contains('\u{2801}'),
        "{text}"
    );
    let none = "#datatype,string,long,string\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,x\r\n,,0,a\r\n\r\n";
    assert!(write(none.as_bytes(), Vec::new()).is_err_and(|e| e.to_string().contains("_time")));
}
