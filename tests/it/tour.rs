//! `tide tour`: its tables compared with the same sums, made here from the sample's line protocol with plain loops.

use std::collections::{BTreeMap, BTreeSet};

use crate::python::root;
use crate::tide::Tide;

/// 2005-01-01, 2020-01-01, 2021-03-01, 2021-06-01, 2022-01-01 and 2023-01-01, seconds since the epoch.
const Y2005: i64 = 1_104_537_600;
const Y2020: i64 = 1_577_836_800;
const MARCH_2021: i64 = 1_614_556_800;
const JUNE_2021: i64 = 1_622_505_600;
const Y2022: i64 = 1_640_995_200;
const Y2023: i64 = 1_672_531_200;
const WEEK: i64 = 7 * 86_400;
const NANOS: i64 = 1_000_000_000;

/// A line taken apart; the samples hold no quotes inside of texts.
struct Line {
    tags: BTreeMap<String, String>,
    fields: BTreeMap<String, String>,
    time: i64,
}

/// Splits at a separator that no backslash precedes and that stands in no quoted text.
fn split(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut escaped, mut quoted) = (false, false);
    for character in text.chars() {
        if escaped {
            // The last split takes the backslashes away; before any other character they stand for themselves.
            if separator != '=' || !matches!(character, ' ' | ',' | '=') {
                part.push('\\');
            }
            part.push(character);
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == separator && !quoted {
            parts.push(std::mem::take(&mut part));
        } else {
            quoted ^= character == '"';
            part.push(character);
        }
    }
    parts.push(part);
    parts
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    let pair = |part: &String| match split(part, '=').as_slice() {
        [name, value] => Some((name.clone(), value.clone())),
        _ => None,
    };
    split(text, ',').iter().filter_map(pair).collect()
}

/// The points of a sample: of lines of one series and time the last one.
fn sample(name: &str) -> Vec<Line> {
    let packed = std::fs::read(root().join(format!("data/{name}.lp.zst"))).unwrap();
    let text = String::from_utf8(zstd::decode_all(packed.as_slice()).unwrap()).unwrap();
    let mut points = BTreeMap::new();
    for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let parts = split(line, ' ');
        let [series, fields, time] = parts.as_slice() else { panic!("{line}") };
        let time: i64 = time.parse().unwrap();
        points.insert((series.clone(), time), Line { tags: pairs(series), fields: pairs(fields), time });
    }
    points.into_values().collect()
}

/// Rows of counted things, the most first; equal ones in any order.
fn most(counts: BTreeMap<String, i64>) -> Vec<(String, i64)> {
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|(name, count)| (-count, name.clone()));
    rows
}

/// The rows below a title of the tour, by column.
fn table(tour: &str, title: &str) -> Vec<BTreeMap<String, String>> {
    let part = tour.split("\n== ").find(|p| p.starts_with(title)).unwrap_or_else(|| panic!("no {title:?} in\n{tour}"));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
    let mut rows = part.lines().filter(|l| l.starts_with('|'));
    let header = cells(rows.next().unwrap());
    rows.map(|row| header.iter().cloned().zip(cells(row)).collect()).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> i64 {
    row[column].parse().unwrap()
}

/// That rows are the first ten of a ranking, whose places may be shared.
fn is_top_ten(rows: &[BTreeMap<String, String>], name: &str, ranking: &[(String, i64)]) {
    assert_eq!(rows.len(), ranking.len().min(10));
    let all: BTreeMap<&str, i64> = ranking.iter().map(|(n, c)| (n.as_str(), *c)).collect();
    let counts: Vec<i64> = rows.iter().map(|r| number(r, "_value")).collect();
    assert_eq!(counts, ranking.iter().take(10).map(|(_, c)| *c).collect::<Vec<_>>(), "{name}");
    for row in rows {
        assert_eq!(all.get(row[name].as_str()), Some(&number(row, "_value")), "{row:?}");
    }
    let distinct: BTreeSet<&String> = rows.iter().map(|r| &r[name]).collect();
    assert_eq!(distinct.len(), rows.len());
}

#[test]
fn the_tour_s_tables_are_right() {
    let home = tempfile::tempdir().unwrap();
    let tour = Tide::at(home.path()).run(&["tour"]).well();

    let mut buckets: Vec<String> = table(&tour, "Which buckets").iter().map(|r| r["name"].clone()).collect();
    buckets.sort();
    assert_eq!(buckets, ["COVID19", "PoliceCases", "SocrateCodes", "_monitoring", "_tasks", "first"]);

    let mut towns = BTreeMap::new();
    for line in sample("schools").iter().filter(|l| (Y2020 * NANOS..Y2023 * NANOS).contains(&l.time)) {
        let cases: i64 = line.fields["total"].trim_end_matches('i').parse().unwrap();
        *towns.entry(line.tags["city"].clone()).or_default() += cases;
    }
    assert!(towns.len() > 100);
    is_top_ten(&table(&tour, "Cases by town"), "city", &most(towns));

    let mut kinds = BTreeMap::new();
    for line in sample("codes").iter().filter(|l| (Y2022 * NANOS..Y2023 * NANOS).contains(&l.time)) {
        *kinds.entry(line.tags["primary_description"].clone()).or_default() += 1;
    }
    is_top_ten(&table(&tour, "Kinds of crime codes"), "primary_description", &most(kinds));

    let incidents = sample("incidents");
    let mut kinds = BTreeMap::new();
    for line in incidents.iter().filter(|l| (Y2005..JUNE_2021).contains(&l.time)) {
        *kinds.entry(line.tags["ucr_1_description"].clone()).or_default() += 1;
    }
    is_top_ten(&table(&tour, "The ten most common incidents"), "ucr_1_description", &most(kinds));

    let mut weeks: BTreeMap<i64, i64> = BTreeMap::new();
    for line in incidents.iter().filter(|l| (MARCH_2021..JUNE_2021).contains(&l.time)) {
        // Weeks begin with the epoch's, on a Thursday.
        *weeks.entry(line.time.div_euclid(WEEK) * WEEK).or_default() += 1;
    }
    let rows = table(&tour, "Incidents a week");
    let told: Vec<i64> = rows.iter().map(|r| number(r, "_value")).collect();
    assert_eq!(told, weeks.values().copied().collect::<Vec<_>>());
    assert!(rows[0]["_time"].starts_with("2021-02-25"), "{:?}", rows[0]);

    for said in ["Parquet file(s)", "tide serve --http-bind-address 127.0.0.1:8086"] {
        assert!(tour.contains(said), "{said:?} is not in\n{tour}");
    }
}

#[test]
fn the_tour_keeps_its_folder_when_told_so() {
    let home = tempfile::tempdir().unwrap();
    let user = Tide::at(home.path());
    user.run(&["tour", "--data-dir", "kept"]).well();
    let count = r#"from(bucket: "SocrateCodes") |> range(start: 0) |> filter(fn: (r) => r._field == "ucr_code") |> group() |> count() |> keep(columns: ["_value"])"#;
    let answer = user.run(&["query", "--data-dir", "kept", "--raw", count]).well();
    assert!(answer.ends_with(&format!(",,0,{}\r\n\r\n", sample("codes").len())), "{answer}");
    let again = user.run(&["tour", "--data-dir", "kept"]).failed(1);
    assert!(again.contains("the tour wants a new folder"), "{again}");
    assert!(again.contains("onboarding has already been completed"), "{again}");
}
