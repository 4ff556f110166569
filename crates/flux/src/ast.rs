//! The syntax tree of Flux, with a span on every node.
//!
//! One file of source is one [`File`]. Parenthesised expressions keep their own node so that the printed form says what
//! was written. Strings are unescaped; numbers, times and durations are values.

use model::FluxDuration;

/// A place in the source: byte offsets for slicing, lines and columns (both from 1, columns in bytes) for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// Byte offset of the first byte.
    pub start: usize,
    /// Byte offset behind the last byte.
    pub end: usize,
    /// Line and column of the first byte.
    pub from: Position,
    /// Line and column behind the last byte.
    pub to: Position,
}

/// A line and a column, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

impl std::fmt::Display for Span {
    /// `LINE:COLUMN-LINE:COLUMN`, as Flux writes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}-{}:{}", self.from.line, self.from.column, self.to.line, self.to.column)
    }
}

/// A whole source text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct File {
    pub package: Option<Identifier>,
    pub imports: Vec<Import>,
    pub body: Vec<Statement>,
    pub span: Span,
}

/// `import alias "path"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    pub alias: Option<Identifier>,
    pub path: StringLiteral,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier {
    pub name: String,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StringLiteral {
    pub value: String,
    pub span: Span,
}

/// A statement, each with its span.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    Expression {
        expression: Expression,
        span: Span,
    },
    /// `name = value`
    Variable(Assignment),
    /// `option name = value`, or `option package.name = value`.
    Option {
        package: Option<Identifier>,
        assignment: Assignment,
        span: Span,
    },
    /// `builtin name : type`; the type is kept as written.
    Builtin {
        name: Identifier,
        type_text: String,
        span: Span,
    },
    /// `testcase name extends "file" { ... }`
    TestCase {
        name: Identifier,
        extends: Option<StringLiteral>,
        body: Block,
        span: Span,
    },
    /// `return value`, only inside blocks.
    Return {
        value: Expression,
        span: Span,
    },
    /// What could not be read; the error stands beside the tree.
    Bad {
        span: Span,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    pub name: Identifier,
    pub value: Expression,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub body: Vec<Statement>,
    pub span: Span,
}

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    pub kind: ExpressionKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExpressionKind {
    Identifier(String),
    /// A literal above `i64::MAX` is an error of the parser, also behind a minus.
    Integer(i64),
    Float(f64),
    String(String),
    /// Text and `${expression}` parts of an interpolated string.
    Interpolated(Vec<StringPart>),
    Duration(FluxDuration),
    /// A date or date-time literal, nanoseconds since the epoch.
    Time(i64),
    /// A pattern between slashes, `\/` unescaped.
    Regex(String),
    /// `.name`
    Label(String),
    /// `<-` in an argument's default.
    PipeLiteral,
    Array(Vec<Expression>),
    /// `[key: value, ...]`, `[:]` when empty.
    Dictionary(Vec<(Expression, Expression)>),
    Record {
        /// The identifier before `with`.
        with: Option<Identifier>,
        properties: Vec<Property>,
    },
    Function(Box<Function>),
    /// A call; `arguments` is empty for `f()`.
    Call {
        callee: Box<Expression>,
        arguments: Vec<Property>,
    },
    /// `left |> call`.
    Pipe {
        argument: Box<Expression>,
        call: Box<Expression>,
    },
    /// `object.name` or `object["name"]`.
    Member {
        object: Box<Expression>,
        property: Identifier,
    },
    /// `array[index]`.
    Index {
        array: Box<Expression>,
        index: Box<Expression>,
    },
    Unary {
        operator: UnaryOperator,
        argument: Box<Expression>,
    },
    Binary {
        operator: BinaryOperator,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    Logical {
        operator: LogicalOperator,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    Conditional {
        test: Box<Expression>,
        consequent: Box<Expression>,
        alternate: Box<Expression>,
    },
    Parenthesized(Box<Expression>),
    Bad,
}

#[derive(Debug, Clone, PartialEq)]
pub enum StringPart {
    Text(String),
    Expression(Expression),
}

/// `key: value`, or `key` alone (the value is then the identifier itself).
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    pub key: Identifier,
    pub value: Expression,
    /// Written without a value.
    pub shorthand: bool,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    pub parameters: Vec<Parameter>,
    pub body: FunctionBody,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub key: Identifier,
    /// `None`: required. `Some(PipeLiteral)`: takes the piped value.
    pub default: Option<Expression>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FunctionBody {
    Expression(Expression),
    Block(Block),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    Minus,
    Plus,
    Not,
    Exists,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Matches,
    NotMatches,
    /// Two expressions side by side without an operator: the parser lets them pass inside brackets, the semantic
    /// stage refuses them.
    Invalid,
}

impl BinaryOperator {
    /// The operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "^",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Matches => "=~",
            Self::NotMatches => "!~",
            Self::Invalid => "<INVALID_OP>",
        }
    }

    /// The operator that is written so.
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        const ALL: [BinaryOperator; 15] = [
            BinaryOperator::Add,
            BinaryOperator::Subtract,
            BinaryOperator::Multiply,
            BinaryOperator::Divide,
            BinaryOperator::Modulo,
            BinaryOperator::Power,
            BinaryOperator::Equal,
            BinaryOperator::NotEqual,
            BinaryOperator::Less,
            BinaryOperator::LessEqual,
            BinaryOperator::Greater,
            BinaryOperator::GreaterEqual,
            BinaryOperator::Matches,
            BinaryOperator::NotMatches,
            BinaryOperator::Invalid,
        ];
        ALL.into_iter().find(|operator| operator.symbol() == symbol)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogicalOperator {
    And,
    Or,
}
