//! Layouts of times in Go's manner: an example of how the moment `Mon Jan 2 15:04:05 MST 2006` (zone -0700) is written.

/// One part of a layout that a value is read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekDay,
    WeekDay,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    Noon,
    SmallNoon,
    ZoneName,
    /// An offset; with `zulu`, a `Z` stands for none.
    Offset {
        zulu: bool,
        form: OffsetForm,
    },
    /// As many digits behind the sign as stand here.
    Fraction(usize),
    /// Any number of digits behind the sign, or nothing.
    OpenFraction,
}

/// How an offset is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OffsetForm {
    Hours,
    Minutes,
    MinutesColon,
    Seconds,
    SecondsColon,
}

/// Words and what they stand for; a longer one stands before those that it starts with.
const WORDS: &[(&[u8], Part)] = &[
    (b"January", Part::LongMonth),
    (b"Monday", Part::LongWeekDay),
    (b"MST", Part::ZoneName),
    (b"002", Part::ZeroYearDay),
    (b"01", Part::ZeroMonth),
    (b"02", Part::ZeroDay),
    (b"03", Part::ZeroHour12),
    (b"04", Part::ZeroMinute),
    (b"05", Part::ZeroSecond),
    (b"06", Part::Year),
    (b"15", Part::Hour),
    (b"1", Part::NumMonth),
    (b"2006", Part::LongYear),
    (b"2", Part::Day),
    (b"__2", Part::UnderYearDay),
    (b"_2", Part::UnderDay),
    (b"3", Part::Hour12),
    (b"4", Part::Minute),
    (b"5", Part::Second),
    (b"PM", Part::Noon),
    (b"pm", Part::SmallNoon),
    (b"-070000", Part::Offset { zulu: false, form: OffsetForm::Seconds }),
    (b"-07:00:00", Part::Offset { zulu: false, form: OffsetForm::SecondsColon }),
    (b"-0700", Part::Offset { zulu: false, form: OffsetForm::Minutes }),
    (b"-07:00", Part::Offset { zulu: false, form: OffsetForm::MinutesColon }),
    (b"-07", Part::Offset { zulu: false, form: OffsetForm::Hours }),
    (b"Z070000", Part::Offset { zulu: true, form: OffsetForm::Seconds }),
    (b"Z07:00:00", Part::Offset { zulu: true, form: OffsetForm::SecondsColon }),
    (b"Z0700", Part::Offset { zulu: true, form: OffsetForm::Minutes }),
    (b"Z07:00", Part::Offset { zulu: true, form: OffsetForm::MinutesColon }),
    (b"Z07", Part::Offset { zulu: true, form: OffsetForm::Hours }),
];

/// A step through a layout.
#[derive(Debug)]
pub(super) struct Step<'a> {
    /// The text before the part; all that is left where there is none.
    pub(super) prefix: &'a [u8],
    /// The part, and how it is written.
    pub(super) part: Option<(Part, &'a [u8])>,
    pub(super) rest: &'a [u8],
}

/// The next part of a layout.
pub(super) fn next(layout: &[u8]) -> Step<'_> {
    for at in 0..layout.len() {
        let rest = layout.get(at..).unwrap_or_default();
        if let Some((skip, length, part)) = starting(rest) {
            let own = rest.get(skip..length).unwrap_or_default();
            return Step {
                prefix: layout.get(..at + skip).unwrap_or_default(),
                part: Some((part, own)),
                rest: rest.get(length..).unwrap_or_default(),
            };
        }
    }
    Step { prefix: layout, part: None, rest: &[] }
}

/// The part that `rest` starts with: bytes of text before it, where it ends, and what it is.
fn starting(rest: &[u8]) -> Option<(usize, usize, Part)> {
    if rest.starts_with(b"_2006") {
        return Some((1, 5, Part::LongYear));
    }
    if let Some((word, part)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
        return Some((0, word.len(), *part));
    }
    for (word, part) in [(b"Jan", Part::Month), (b"Mon", Part::WeekDay)] {
        if rest.starts_with(word) && !rest.get(3).is_some_and(u8::is_ascii_lowercase) {
            return Some((0, 3, part));
        }
    }
    let [b'.' | b',', digit @ (b'0' | b'9'), ..] = rest else { return None };
    let digits = rest.iter().skip(1).take_while(|b| *b == digit).count();
    if rest.get(1 + digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    Some((0, 1 + digits, if *digit == b'0' { Part::Fraction(digits) } else { Part::OpenFraction }))
}

#[test]
fn layouts_come_apart_as_in_go() {
    let part = |layout: &str| {
        next(layout.as_bytes()).part.map(|(part, own)| (part, String::from_utf8_lossy(own).into_owned()))
    };
    assert_eq!(part("Janet"), None);
    assert_eq!(part("Jan_2"), Some((Part::Month, "Jan".to_owned())));
    assert_eq!(part("_2006"), Some((Part::LongYear, "2006".to_owned())));
    assert_eq!(part(".000Z"), Some((Part::Fraction(3), ".000".to_owned())));
    assert_eq!(part(".0001"), Some((Part::ZeroMonth, "01".to_owned())));
    assert_eq!(part("x.999"), Some((Part::OpenFraction, ".999".to_owned())));
    assert_eq!(next(b"at 15h").rest, b"h");
}
