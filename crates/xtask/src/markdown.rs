//! As much of Markdown as the rules need: links, anchors, tables.

/// A link: its target and the line it stands in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) target: String,
    pub(crate) line: usize,
}

/// The targets of inline links outside of code.
pub(crate) fn links(text: &str) -> Vec<Link> {
    let mut all = Vec::new();
    for (line, content) in prose(text) {
        let content = without_code(content);
        let mut rest = content.as_str();
        while let Some(at) = rest.find("](") {
            rest = rest.get(at + 2..).unwrap_or_default();
            let target: String = rest.chars().take_while(|c| *c != ')' && !c.is_whitespace()).collect();
            all.push(Link { target, line });
        }
    }
    all
}

/// The anchors that GitHub gives to the headings.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    prose(text)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_');
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// The rows of all tables below a heading (of any depth) with this text, without header and rule; every row with its line.
pub(crate) fn rows<'a>(text: &'a str, heading: &str) -> Vec<(usize, Vec<&'a str>)> {
    let mut inside = false;
    let mut all = Vec::new();
    for (number, line) in prose(text) {
        if line.starts_with('#') {
            inside = line.trim_start_matches('#').trim() == heading;
        } else if inside && line.starts_with('|') {
            all.push((number, cells(line)));
        }
    }
    without_heads(all)
}

/// The rows of every table of a text.
pub(crate) fn all_rows(text: &str) -> Vec<(usize, Vec<&str>)> {
    without_heads(prose(text).filter(|(_, l)| l.starts_with('|')).map(|(n, l)| (n, cells(l))).collect())
}

/// What stands between backticks.
pub(crate) fn code_spans(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn without_heads(rows: Vec<(usize, Vec<&str>)>) -> Vec<(usize, Vec<&str>)> {
    let is_rule = |cells: &[&str]| cells.iter().all(|c| !c.is_empty() && c.chars().all(|x| x == '-' || x == ':'));
    let rules: Vec<usize> = rows.iter().filter(|(_, c)| is_rule(c)).map(|(n, _)| *n).collect();
    rows.into_iter().filter(|(n, _)| !rules.contains(n) && !rules.contains(&(n + 1))).collect()
}

/// The cells of a row; a `|` inside of backticks, or behind a backslash, belongs to its cell.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    let (mut all, mut from, mut code, mut before) = (Vec::new(), 0, false, ' ');
    for (at, c) in inner.char_indices() {
        match c {
            '`' => code = !code,
            '|' if !code && before != '\\' => {
                all.push(inner.get(from..at).unwrap_or_default().trim());
                from = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    all.push(inner.get(from..).unwrap_or_default().trim());
    all
}

/// Lines outside of fenced code, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(i, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced && !line.starts_with("    ")).then_some((i + 1, line))
    })
}

fn without_code(line: &str) -> String {
    line.split('`')
        .enumerate()
        .map(|(i, part)| if i % 2 == 0 { part.to_owned() } else { String::from("code") })
        .collect()
}
