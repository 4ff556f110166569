//! The form of an answer in CSV: InfluxDB 2's `dialect` object.

/// A row of annotations above a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Annotation {
    /// Types of the columns.
    Datatype,
    /// Which columns belong to the group key.
    Group,
    /// The result's name, and what an empty table is keyed by.
    Default,
}

impl Annotation {
    /// Its name in a dialect.
    pub fn name(self) -> &'static str {
        match self {
            Self::Datatype => "datatype",
            Self::Group => "group",
            Self::Default => "default",
        }
    }
}

/// A checked dialect. The default is what InfluxDB 2 takes for a bare script: a header, commas, no annotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// Whether the row of column names is written.
    pub header: bool,
    /// What stands between cells.
    pub delimiter: u8,
    /// The annotation rows, in this order.
    pub annotations: Vec<Annotation>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { header: true, delimiter: b',', annotations: Vec::new() }
    }
}

/// A dialect as a request states it; what is absent has its default.
#[derive(Debug, Clone, Copy, Default)]
pub struct DialectOptions<'a> {
    /// Whether the row of column names is written.
    pub header: Option<bool>,
    /// One byte; an empty text is a comma.
    pub delimiter: Option<&'a str>,
    /// Checked, without effect on the answer.
    pub comment_prefix: Option<&'a str>,
    /// Checked, without effect: times always carry their nanoseconds.
    pub date_time_format: Option<&'a str>,
    /// Names of annotations, in the order wanted.
    pub annotations: &'a [String],
}

/// Why a dialect is refused, in InfluxDB's words (its spelling included).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    /// A comment prefix of more than one byte.
    #[error("invalid dialect comment prefix: must be length 0 or 1")]
    CommentPrefix,
    /// A delimiter of more than one byte.
    #[error("invalid dialect delimeter: must be length 1")]
    DelimiterLength,
    /// A delimiter that CSV needs for itself.
    #[error("invalid dialect delimeter: must not be a quote, a line end or a zero byte")]
    DelimiterCharacter,
    /// An unknown annotation; its name.
    #[error("unknown dialect annotation type: {0}")]
    Annotation(String),
    /// An unknown format of times; its name.
    #[error("unknown dialect date time format: {0}")]
    DateTimeFormat(String),
}

impl DialectOptions<'_> {
    /// Checks the options, in InfluxDB's order.
    pub fn check(&self) -> Result<Dialect, DialectError> {
        if self.comment_prefix.is_some_and(|prefix| prefix.len() > 1) {
            return Err(DialectError::CommentPrefix);
        }
        let delimiter = match self.delimiter.unwrap_or_default().as_bytes() {
            [] => b',',
            [b'"' | b'\r' | b'\n' | 0] => return Err(DialectError::DelimiterCharacter),
            [delimiter] => *delimiter,
            _ => return Err(DialectError::DelimiterLength),
        };
        let annotations = self.annotations.iter().map(|name| annotation(name)).collect::<Result<_, _>>()?;
        match self.date_time_format.unwrap_or_default() {
            "" | "RFC3339" | "RFC3339Nano" => {}
            other => return Err(DialectError::DateTimeFormat(other.to_owned())),
        }
        Ok(Dialect { header: self.header.unwrap_or(true), delimiter, annotations })
    }
}

fn annotation(name: &str) -> Result<Annotation, DialectError> {
    [Annotation::Datatype, Annotation::Group, Annotation::Default]
        .into_iter()
        .find(|a| a.name() == name)
        .ok_or_else(|| DialectError::Annotation(name.to_owned()))
}
