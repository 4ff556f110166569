//! What is known of a column: its label, its type, and which part of a line it becomes.

use super::boolean::Words;
use super::template::Piece;
use super::zone::Zone;

/// The part of a line that a column becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Ignored,
    Measurement,
    Tag,
    Field,
    Time,
}

/// Types of values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Type {
    /// None is given: the cell is copied as it stands.
    #[default]
    Untyped,
    String,
    Double,
    Boolean,
    Long,
    UnsignedLong,
    Duration,
    Base64Binary,
    DateTime,
    /// A word that is no type of a value, among them `measurement` and `tag`.
    Other(String),
}

impl Type {
    fn named(name: &str) -> Self {
        match name {
            "" => Self::Untyped,
            "string" => Self::String,
            "double" => Self::Double,
            "boolean" => Self::Boolean,
            "long" => Self::Long,
            "unsignedLong" => Self::UnsignedLong,
            "duration" => Self::Duration,
            "base64Binary" => Self::Base64Binary,
            "dateTime" => Self::DateTime,
            other => Self::Other(other.to_owned()),
        }
    }

    /// How the type is called in messages.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Untyped => "",
            Self::String => "string",
            Self::Double => "double",
            Self::Boolean => "boolean",
            Self::Long => "long",
            Self::UnsignedLong => "unsignedLong",
            Self::Duration => "duration",
            Self::Base64Binary => "base64Binary",
            Self::DateTime => "dateTime",
            Self::Other(name) => name,
        }
    }
}

/// A reader of values that a format brings with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reader {
    Words(Words),
    /// A number whose fraction is refused instead of cut off, with its format.
    StrictLong(Vec<u8>),
    StrictUnsignedLong(Vec<u8>),
}

/// Where a column's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// This cell of a row.
    Cell(usize),
    /// No row: the default.
    Constant,
    /// Other columns of the row.
    Template(Vec<Piece>),
}

/// A column of a table, or one that an annotation adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) label: Vec<u8>,
    /// The label as it stands in a line.
    pub(super) key: Vec<u8>,
    pub(super) kind: Type,
    pub(super) format: Vec<u8>,
    pub(super) part: Option<Part>,
    /// What an empty cell means.
    pub(super) default: Vec<u8>,
    pub(super) source: Source,
    pub(super) zone: Option<Zone>,
    pub(super) reader: Option<Reader>,
}

impl Column {
    pub(super) fn new(source: Source) -> Self {
        Self {
            label: Vec::new(),
            key: Vec::new(),
            kind: Type::Untyped,
            format: Vec::new(),
            part: None,
            default: Vec::new(),
            source,
            zone: None,
            reader: None,
        }
    }

    /// The place in a row as messages tell it; -1 for a column that is in no row.
    pub(super) fn place(&self) -> i64 {
        match self.source {
            Source::Cell(at) => i64::try_from(at).unwrap_or(i64::MAX),
            Source::Constant | Source::Template(_) => -1,
        }
    }

    /// Takes a type: `TYPE`, `TYPE:FORMAT`, and either with `|DEFAULT`; behind `#annotation `, too.
    pub(super) fn set_type(&mut self, text: &[u8]) {
        let mut text = behind_annotation(text);
        if let Some(bar) = memchr::memchr(b'|', text).filter(|at| *at > 1)
            && self.default.is_empty()
        {
            self.default = text.get(bar + 1..).unwrap_or_default().to_vec();
            text = text.get(..bar).unwrap_or_default();
        }
        if let Some(colon) = memchr::memchr(b':', text).filter(|at| *at > 1) {
            self.format = text.get(colon + 1..).unwrap_or_default().to_vec();
            text = text.get(..colon).unwrap_or_default();
        }
        let name = String::from_utf8_lossy(text);
        let (part, name) = match name.as_ref() {
            "tag" => (Some(Part::Tag), "tag"),
            "dateTime" | "time" => (Some(Part::Time), "dateTime"),
            "measurement" => (Some(Part::Measurement), "measurement"),
            "field" => (Some(Part::Field), ""),
            name if name.starts_with("ignore") => (Some(Part::Ignored), name),
            name => (self.part, name),
        };
        self.part = part;
        self.kind = Type::named(name);
        let strict = self.format.strip_prefix(b"strict".as_slice());
        let reader = match (&self.kind, strict) {
            (Type::Boolean, _) if !self.format.is_empty() => {
                Some(Reader::Words(Words::new(&String::from_utf8_lossy(&self.format))))
            }
            (Type::Long, Some(format)) => Some(Reader::StrictLong(format.to_vec())),
            (Type::UnsignedLong, Some(format)) => Some(Reader::StrictUnsignedLong(format.to_vec())),
            _ => return,
        };
        self.reader = reader;
    }
}

/// The text behind a leading `#annotation `; nothing if the annotation stands alone.
pub(super) fn behind_annotation(text: &[u8]) -> &[u8] {
    if text.first() != Some(&b'#') {
        return text;
    }
    let Some(blank) = memchr::memchr(b' ', text) else { return &[] };
    let rest = text.get(blank..).unwrap_or_default();
    let blanks = rest.iter().take_while(|b| **b == b' ').count();
    rest.get(blanks..).unwrap_or_default()
}
