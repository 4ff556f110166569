//! The recorded cases of `tests/oracle/csv_write` that need nothing but the conversion, and what they do not ask.

use std::fs;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::*;

/// Standard error as `influx` writes it.
#[derive(Default)]
struct Log {
    text: String,
    rejected: Vec<u8>,
}

impl Notes for Log {
    fn warning(&mut self, text: &str) {
        self.text += &format!("WARNING: {text}\n");
    }

    fn skipped(&mut self, error: &LineError, row: &Row, delimiter: char) {
        self.text += &format!("{error}\n");
        let mut told = Row::default();
        told.push(format!("# error : {error}").as_bytes());
        told.write(delimiter, &mut self.rejected);
        row.write(delimiter, &mut self.rejected);
    }
}

/// The lines of an input, what was said, and how it ended.
fn convert(input: impl Read, options: Options) -> (String, Log, Option<String>) {
    let (mut converter, mut log, mut lines) =
        (Converter::new(BufReader::new(input), options), Log::default(), Vec::new());
    let ended = loop {
        match converter.next_line(&mut log, &mut lines) {
            Ok(true) => {}
            Ok(false) => break None,
            Err(failure) => break Some(failure.to_string()),
        }
    };
    (String::from_utf8_lossy(&lines).into_owned(), log, ended)
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle/csv_write")
}

/// What the flags of a case come to; none if it needs more than the conversion.
struct Case {
    input: Vec<u8>,
    options: Options,
    org: String,
}

impl Case {
    fn read(name: &str) -> Option<Self> {
        let text = |end: &str| fs::read(cases().join(format!("{name}.{end}"))).ok();
        let words: Vec<String> = serde_json::from_slice(&text("args")?).ok()?;
        let mut case = Self { input: Vec::new(), options: Options::default(), org: String::new() };
        let (mut encoding, mut skip, mut files, mut headers) = (String::new(), 0, Vec::new(), false);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--skipRowOnError" => {}
                "--xIgnoreDataTypeInColumnName" => case.options.plain_names = true,
                "--org" => case.org = words.next()?.clone(),
                "--encoding" => encoding = words.next()?.clone(),
                "--skipHeader" => skip = words.next()?.parse().ok()?,
                "--format" if words.next()? == "csv" => {}
                "--errors-file" => drop(words.next()?),
                "--header" => {
                    headers = true;
                    case.input.extend_from_slice(words.next()?.as_bytes());
                    case.input.push(b'\n');
                }
                "--file" => files.push(words.next()?.clone()),
                _ => return None,
            }
        }
        if text("stdin").is_some() || !headers && files.iter().any(|f| !f.ends_with(".csv")) {
            return None;
        }
        let last = files.len().checked_sub(1)?;
        for (at, file) in files.iter().enumerate() {
            let bytes = fs::read(cases().join(file)).ok()?;
            let lines = if at == last { skip } else { 0 };
            let mut decoder = Decoder::new(bytes.as_slice(), &encoding).ok()?;
            SkipLines::new(&mut decoder, lines).read_to_end(&mut case.input).ok()?;
            case.input.push(b'\n');
        }
        Some(case)
    }
}

#[test]
fn recorded_cases() {
    let (mut asked, mut wrong) = (0, Vec::new());
    let mut names: Vec<String> = fs::read_dir(cases())
        .unwrap()
        .filter_map(|e| e.unwrap().file_name().to_str()?.strip_suffix(".args").map(str::to_owned))
        .collect();
    names.sort();
    for name in &names {
        let Some(case) = Case::read(name) else { continue };
        asked += 1;
        let (lines, log, ended) = convert(case.input.as_slice(), case.options);
        let status = i32::from(ended.is_some());
        let said = log.text + &ended.map(|e| format!("Error: {e}\n")).unwrap_or_default();
        let got = [format!("{}\n{lines}", case.org), format!("exit status {status}\n{said}")];
        let want = ["out", "err"].map(|end| fs::read_to_string(cases().join(format!("{name}.{end}"))).unwrap());
        if got != want {
            wrong.push(format!("{name}: wanted {want:#?}, got {got:#?}"));
        }
        if let Ok(want) = fs::read(cases().join(format!("{name}.rejected"))) {
            assert_eq!(String::from_utf8_lossy(&log.rejected), String::from_utf8_lossy(&want), "{name}");
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked >= 70, "only {asked} of {} cases", names.len());
}

/// The lines of a text, and the complaints.
fn plain(text: &str) -> (String, String) {
    let (lines, log, ended) = convert(text.as_bytes(), Options::default());
    assert_eq!(ended, None, "{text}");
    (lines, log.text)
}

#[test]
fn the_tutorials_own_form() {
    let text = "#datatype measurement,ignored,tag,tag,long,time,ignored\nschool,x,name,city,value,time,y\n\
                covid,1,High School,Greenwich,7,2021-01-04T00:00:00Z,z\ncovid,1,Eastern,Hartford,<6,2021-01-04T00:00:00Z,z\n";
    let (lines, said) = plain(text);
    assert_eq!(lines, "covid,city=Greenwich,name=High\\ School value=7i 1609718400000000000\n");
    assert_eq!(said, "line 4: column 'value': strconv.ParseInt: parsing \"<6\": invalid syntax\n");
}

#[test]
fn times_are_refused_in_gos_words() {
    let told = |layout: &str, value: &str| {
        let (lines, said) = plain(&format!("m|measurement|x,v|long|1,t|dateTime:{layout}\n,,{value}\n"));
        if said.is_empty() {
            lines.trim_end().rsplit(' ').next().unwrap_or_default().to_owned()
        } else {
            said.trim_end().strip_prefix("line 2: column 't': ").unwrap_or_default().to_owned()
        }
    };
    assert_eq!(told("2006-01-02", "2024-02-30"), "parsing time \"2024-02-30\": day out of range");
    assert_eq!(told("2006-01-02", "2024-13-01"), "parsing time \"2024-13-01\": month out of range");
    assert_eq!(told("15:04", "24:00"), "parsing time \"24:00\": hour out of range");
    assert_eq!(told("2006", "2024 "), "parsing time \"2024 \": extra text: \" \"");
    assert_eq!(
        told("02 Jan 06", "1 mar 70"),
        "parsing time \"1 mar 70\" as \"02 Jan 06\": cannot parse \"1 mar 70\" as \"02\""
    );
    assert_eq!(told("2 Jan 06", "1 mar 70"), "5097600000000000");
    assert_eq!(told("2006 002", "2024 366"), "1735603200000000000");
    assert_eq!(told("2006 002", "2023 366"), "parsing time \"2023 366\": day-of-year out of range");
    assert_eq!(told("2006-01-02 15:04:05", "1970-01-01 00:00:01.25"), "1250000000");
    assert_eq!(told("2006-01-02 15:04:05 -0700", "1970-01-01 02:00:00 +0200"), "0");
    assert_eq!(told("2006-01-02 3PM", "1970-01-01 12AM"), "0");
    assert_eq!(told("2006-01-02 MST", "1970-01-01 CET"), "0", "a name alone moves nothing in UTC");
}

#[test]
fn a_name_of_a_zone_counts_in_that_zone() {
    let text =
        "#timezone,Europe/Berlin\nm|measurement,v|long,t|dateTime:2006-01-02 15:04 MST\nx,1,2024-07-01 12:00 CEST\n";
    assert_eq!(plain(text), ("x v=1i 1719828000000000000\n".to_owned(), String::new()));
}

#[test]
fn encodings_are_decoded() {
    let read = |bytes: &[u8], name: &str| {
        let mut text = String::new();
        Decoder::new(bytes, name).map(|mut d| d.read_to_string(&mut text).map(|_| text).unwrap())
    };
    assert_eq!(read(b"\x80\xe9", "latin1").as_deref(), Ok("\u{80}é"));
    assert_eq!(read(b"\x80", "windows-1252").as_deref(), Ok("€"));
    assert_eq!(read(b"\xfe\xff\0a", "UTF-16").as_deref(), Ok("a"));
    assert_eq!(read(b"a\0", "UTF-16LE").as_deref(), Ok("a"));
    assert_eq!(read(b"\x82\xa0", "Shift_JIS").as_deref(), Ok("あ"));
    assert_eq!(read(b"", "x-unknown"), Err(UnknownEncoding::Name));
    assert!(read(b"", "IBM850").is_err_and(|e| e.to_string().contains("unsupported encoding: IBM850")));
}

#[test]
fn lines_that_are_no_points_are_left_out() {
    let text = "m v=1\n\n# x\nbad\nm v=2";
    let (mut filter, mut lines, mut told) = (PointFilter::new(text.as_bytes()), Vec::new(), Vec::new());
    while filter.next_line(&mut |number, _| told.push(number), &mut lines).unwrap() {}
    assert_eq!((lines.as_slice(), told.as_slice(), filter.skipped()), (b"m v=1\nm v=2".as_slice(), [4].as_slice(), 1));
}
