//! The kinds of token and their names in messages.

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    Illegal,
    Eof,
    And,
    Or,
    Not,
    Import,
    Package,
    Return,
    Option,
    Builtin,
    TestCase,
    If,
    Then,
    Else,
    Exists,
    Identifier,
    Integer,
    Float,
    String,
    Regex,
    Time,
    Duration,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Caret,
    Equal,
    Less,
    Greater,
    LessEqual,
    GreaterEqual,
    NotEqual,
    Matches,
    NotMatches,
    Assign,
    Arrow,
    LeftParenthesis,
    RightParenthesis,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    Comma,
    Dot,
    Colon,
    PipeForward,
    PipeReceive,
    /// The opening or closing `"` of a string with interpolated parts.
    Quote,
    /// `${`
    Interpolation,
    /// Text between the interpolated parts.
    Text,
    QuestionMark,
    /// `@name`
    Attribute,
}

impl std::fmt::Display for TokenKind {
    /// The name that InfluxDB 2 writes in its messages.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl TokenKind {
    fn name(self) -> &'static str {
        match self {
            Self::Illegal => "ILLEGAL",
            Self::Eof => "EOF",
            Self::And => "AND",
            Self::Or => "OR",
            Self::Not => "NOT",
            Self::Import => "IMPORT",
            Self::Package => "PACKAGE",
            Self::Return => "RETURN",
            Self::Option => "OPTION",
            Self::Builtin => "BUILTIN",
            Self::TestCase => "TESTCASE",
            Self::If => "IF",
            Self::Then => "THEN",
            Self::Else => "ELSE",
            Self::Exists => "EXISTS",
            Self::Identifier => "IDENT",
            Self::Integer => "INT",
            Self::Float => "FLOAT",
            Self::String => "STRING",
            Self::Regex => "REGEX",
            Self::Time => "TIME",
            Self::Duration => "DURATION",
            Self::Quote => "QUOTE",
            Self::Interpolation => "STRINGEXPR",
            Self::Text => "TEXT",
            Self::Attribute => "ATTRIBUTE",
            other => other.sign_name(),
        }
    }

    fn sign_name(self) -> &'static str {
        match self {
            Self::Plus => "ADD",
            Self::Minus => "SUB",
            Self::Star => "MUL",
            Self::Slash => "DIV",
            Self::Percent => "MOD",
            Self::Caret => "POW",
            Self::Equal => "EQ",
            Self::Less => "LT",
            Self::Greater => "GT",
            Self::LessEqual => "LTE",
            Self::GreaterEqual => "GTE",
            Self::NotEqual => "NEQ",
            Self::Matches => "REGEXEQ",
            Self::NotMatches => "REGEXNEQ",
            Self::Assign => "ASSIGN",
            Self::Arrow => "ARROW",
            Self::LeftParenthesis => "LPAREN",
            Self::RightParenthesis => "RPAREN",
            Self::LeftBracket => "LBRACK",
            Self::RightBracket => "RBRACK",
            Self::LeftBrace => "LBRACE",
            Self::RightBrace => "RBRACE",
            Self::Comma => "COMMA",
            Self::Dot => "DOT",
            Self::Colon => "COLON",
            Self::PipeForward => "PIPE_FORWARD",
            Self::PipeReceive => "PIPE_RECEIVE",
            Self::QuestionMark => "QUESTION_MARK",
            _ => "ILLEGAL",
        }
    }

    /// The kind of a word: a keyword or an identifier.
    pub(crate) fn of_word(word: &str) -> Self {
        match word {
            "and" => Self::And,
            "or" => Self::Or,
            "not" => Self::Not,
            "import" => Self::Import,
            "package" => Self::Package,
            "return" => Self::Return,
            "option" => Self::Option,
            "builtin" => Self::Builtin,
            "testcase" => Self::TestCase,
            "if" => Self::If,
            "then" => Self::Then,
            "else" => Self::Else,
            "exists" => Self::Exists,
            _ => Self::Identifier,
        }
    }
}

/// A piece of the text: its kind and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    /// Byte offset of the first byte.
    pub start: usize,
    /// Byte offset behind the last byte.
    pub end: usize,
}
