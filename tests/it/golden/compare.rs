//! How far two answers agree: the rules of `tests/oracle/oracle.py`.

use std::collections::HashMap;

use super::csv::records;

/// What a query gave.
#[derive(Debug)]
pub(super) enum Answer {
    Body(String),
    Refused { status: u16, code: String, message: String },
}

/// Agreement, weakest first. The order of columns never counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Tables by key, rows in any order.
    Rows,
    /// Tables by key, rows in order.
    Keyed,
    /// Tables in order.
    Exact,
}

impl Level {
    /// `None`: InfluxDB's own answers did not agree.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.trim_end_matches('*') {
            "rows" => Some(Self::Rows),
            "keyed" => Some(Self::Keyed),
            "exact" => Some(Self::Exact),
            _ => None,
        }
    }
}

type Columns = Vec<(String, String)>;
type Key = Vec<(String, String, String)>;

#[derive(Debug, Clone, PartialEq)]
struct Table {
    result: String,
    key: Key,
    columns: Columns,
    rows: Vec<Vec<String>>,
}

/// The block of annotations and header that rows belong to.
#[derive(Default)]
struct Block {
    annotations: HashMap<String, Vec<String>>,
    header: Option<Vec<String>>,
    /// Result and table of the last row.
    current: Option<(String, String)>,
}

impl Block {
    fn annotation(&self, name: &str, i: usize) -> &str {
        self.annotations.get(name).and_then(|a| a.get(i)).map_or("", String::as_str)
    }

    fn columns(&self, header: &[String]) -> Vec<usize> {
        (1..header.len()).filter(|i| header[*i] != "result" && header[*i] != "table").collect()
    }

    fn key(&self, header: &[String], cells: &[String]) -> Key {
        let columns = self.columns(header).into_iter();
        let of_key = columns.filter(|i| self.annotation("#group", *i) == "true");
        let mut key: Key = of_key
            .map(|i| {
                (
                    header[i].clone(),
                    self.annotation("#datatype", i).to_owned(),
                    cells.get(i).cloned().unwrap_or_default(),
                )
            })
            .collect();
        key.sort();
        key
    }

    fn typed_columns(&self, header: &[String]) -> Columns {
        self.columns(header)
            .into_iter()
            .map(|i| (header[i].clone(), self.annotation("#datatype", i).to_owned()))
            .collect()
    }
}

fn tables(text: &str) -> Vec<Table> {
    let mut out: Vec<Table> = Vec::new();
    let mut block = Block::default();
    for record in records(text) {
        if record.len() <= 1 && record.first().is_none_or(String::is_empty) {
            block = Block::default();
        } else if record[0].starts_with('#') {
            if block.header.is_some() {
                block = Block::default();
            }
            block.annotations.insert(record[0].clone(), record);
        } else if block.header.is_none() {
            out.extend(without_rows(&block, &record));
            block.header = Some(record);
        } else {
            row(&mut block, &record, &mut out);
        }
    }
    out
}

/// The table that a header announces when `#default` names it.
fn without_rows(block: &Block, header: &[String]) -> Option<Table> {
    let at = header.iter().position(|h| h == "table")?;
    let default = block.annotations.get("#default")?;
    if default.len() != header.len() || default[at].is_empty() {
        return None;
    }
    let result = header.iter().position(|h| h == "result").map_or(String::new(), |i| default[i].clone());
    Some(Table { result, key: block.key(header, default), columns: block.typed_columns(header), rows: Vec::new() })
}

fn row(block: &mut Block, record: &[String], out: &mut Vec<Table>) {
    let header = block.header.clone().unwrap();
    if header.iter().any(|h| h == "error") && header.iter().any(|h| h == "reference") {
        let columns = vec![("error".to_owned(), "string".to_owned())];
        out.push(Table { result: "error".to_owned(), key: Vec::new(), columns, rows: vec![vec![String::new()]] });
        return;
    }
    let cell = |i: usize| {
        let text = record.get(i).map_or("", String::as_str);
        if text.is_empty() { block.annotation("#default", i).to_owned() } else { text.to_owned() }
    };
    let cells: Vec<String> = (0..header.len()).map(cell).collect();
    let named = |name: &str| header.iter().position(|h| h == name).map_or(String::new(), |i| cells[i].clone());
    let id = (named("result"), named("table"));
    if block.current.as_ref() != Some(&id) {
        let (key, columns) = (block.key(&header, &cells), block.typed_columns(&header));
        out.push(Table { result: id.0.clone(), key, columns, rows: Vec::new() });
        block.current = Some(id);
    }
    let values = block.columns(&header).into_iter().map(|i| cells[i].clone()).collect();
    out.last_mut().unwrap().rows.push(values);
}

fn sorted_columns(table: &Table) -> Table {
    let mut order: Vec<usize> = (0..table.columns.len()).collect();
    order.sort_by(|a, b| table.columns[*a].cmp(&table.columns[*b]));
    let pick = |row: &Vec<String>| order.iter().map(|i| row.get(*i).cloned().unwrap_or_default()).collect();
    Table {
        columns: order.iter().map(|i| table.columns[*i].clone()).collect(),
        rows: table.rows.iter().map(pick).collect(),
        ..table.clone()
    }
}

fn same_cell(a: &str, b: &str, kind: &str) -> bool {
    if a == b {
        return true;
    }
    let (Ok(x), Ok(y)) = (a.parse::<f64>(), b.parse::<f64>()) else { return false };
    kind == "double" && (x - y).abs() <= (1e-9 * x.abs().max(y.abs())).max(1e-12)
}

fn same(a: &Table, b: &Table, ordered: bool) -> bool {
    if a.result != b.result || a.key != b.key || a.columns != b.columns || a.rows.len() != b.rows.len() {
        return false;
    }
    let (mut x, mut y) = (a.rows.clone(), b.rows.clone());
    if !ordered {
        x.sort();
        y.sort();
    }
    x.iter().zip(&y).all(|(r, s)| r.iter().zip(s).zip(&a.columns).all(|((c, d), (_, kind))| same_cell(c, d, kind)))
}

/// The strongest level at which two answers agree.
pub(super) fn agreement(want: &str, got: &str) -> Option<Level> {
    let mut want: Vec<Table> = tables(want).iter().map(sorted_columns).collect();
    let mut got: Vec<Table> = tables(got).iter().map(sorted_columns).collect();
    if want.len() != got.len() {
        return None;
    }
    let all = |a: &[Table], b: &[Table], ordered: bool| a.iter().zip(b).all(|(x, y)| same(x, y, ordered));
    if all(&want, &got, true) {
        return Some(Level::Exact);
    }
    let by_key = |t: &Table| (t.result.clone(), t.key.clone(), t.columns.clone());
    want.sort_by_key(by_key);
    got.sort_by_key(by_key);
    if all(&want, &got, true) { Some(Level::Keyed) } else { all(&want, &got, false).then_some(Level::Rows) }
}

/// How far floats may differ where Flux's own cases compare results.
const EPSILON: f64 = 1e-6;

/// The table without the columns that are null in every row: Flux's own comparison takes them for columns that are not there.
fn without_null_columns(table: &Table) -> Table {
    let of_key = |name: &String| table.key.iter().any(|(k, ..)| k == name);
    let filled = |i: usize| table.rows.iter().any(|row| row.get(i).is_some_and(|cell| !cell.is_empty()));
    let kept: Vec<usize> = (0..table.columns.len()).filter(|i| of_key(&table.columns[*i].0) || filled(*i)).collect();
    Table {
        columns: kept.iter().map(|i| table.columns[*i].clone()).collect(),
        rows: table.rows.iter().map(|row| kept.iter().map(|i| row[*i].clone()).collect()).collect(),
        ..table.clone()
    }
}

/// In what the tables of one result of an answer differ from those of another; `None` if in nothing.
pub(super) fn difference(answer: &str, want: &str, got: &str) -> Option<String> {
    let all = tables(answer);
    if all.iter().any(|t| t.result == "error") {
        let text = answer.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or_default();
        return Some(format!("failed while it ran: {text}"));
    }
    let of = |result: &str| {
        let mut list: Vec<Table> = all.iter().filter(|t| t.result == result).map(sorted_columns).collect();
        list = list.iter().map(without_null_columns).collect();
        list.retain(|t| !t.rows.is_empty());
        list.sort_by_key(|t| (t.key.clone(), t.columns.clone()));
        list
    };
    let (want, got) = (of(want), of(got));
    for (w, g) in want.iter().zip(&got) {
        if w.key != g.key || w.columns != g.columns {
            return Some(format!("table {:?} {:?}, wanted {:?} {:?}", g.key, g.columns, w.key, w.columns));
        }
        if w.rows.len() != g.rows.len() {
            return Some(format!("{} rows, wanted {}", g.rows.len(), w.rows.len()));
        }
        for (x, y) in w.rows.iter().zip(&g.rows) {
            if !x.iter().zip(y).zip(&w.columns).all(|((c, d), (_, kind))| about_same(c, d, kind)) {
                return Some(format!("row {y:?}, wanted {x:?}"));
            }
        }
    }
    (want.len() != got.len()).then(|| format!("{} tables, wanted {}", got.len(), want.len()))
}

fn about_same(a: &str, b: &str, kind: &str) -> bool {
    let numbers = (a.parse::<f64>(), b.parse::<f64>());
    a == b || (kind == "double" && matches!(numbers, (Ok(x), Ok(y)) if (x - y).abs() <= EPSILON))
}

#[test]
fn answers_agree_by_key_and_not_by_value() {
    let answer = |a: &str, b: &str| {
        format!(
            "#datatype,string,long,string,double\r\n#group,false,false,true,false\r\n#default,_result,,,\r\n,result,table,k,v\r\n,,0,{a}\r\n,,1,{b}\r\n\r\n"
        )
    };
    let want = answer("a,1", "b,2");
    assert_eq!(agreement(&want, &answer("a,1", "b,2.0000000000001")), Some(Level::Exact));
    assert_eq!(agreement(&want, &answer("b,2", "a,1")), Some(Level::Keyed));
    assert_eq!(agreement(&want, &answer("a,1", "b,3")), None);
    assert_eq!(agreement(&want, ""), None);
}
