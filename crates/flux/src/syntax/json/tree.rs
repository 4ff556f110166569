//! The shape of the JSON, as it is read. The names of types and fields appear in messages.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Deserializer};

/// Only the `type` of a node.
#[derive(Deserialize)]
pub(super) struct Kind {
    #[serde(rename = "type")]
    pub(super) name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) files: Vec<File>,
}

#[derive(Deserialize)]
pub(super) struct File {
    pub(super) location: Option<Location>,
    pub(super) package: Option<PackageClause>,
    #[serde(deserialize_with = "null_is_empty")]
    pub(super) imports: Vec<Import>,
    pub(super) body: Vec<Statement>,
}

#[derive(Deserialize, Clone, Copy, Default)]
pub(super) struct Location {
    pub(super) start: Position,
    pub(super) end: Position,
}

#[derive(Deserialize, Clone, Copy, Default)]
pub(super) struct Position {
    pub(super) line: u32,
    pub(super) column: u32,
}

#[derive(Deserialize)]
pub(super) struct PackageClause {
    pub(super) name: Identifier,
}

#[derive(Deserialize)]
pub(super) struct Import {
    pub(super) location: Option<Location>,
    #[serde(rename = "as")]
    pub(super) alias: Option<Identifier>,
    pub(super) path: StringLiteral,
}

#[derive(Deserialize)]
pub(super) struct Identifier {
    pub(super) location: Option<Location>,
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct StringLiteral {
    pub(super) location: Option<Location>,
    pub(super) value: String,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
pub(super) enum Statement {
    #[serde(rename = "ExpressionStatement")]
    Expression { location: Option<Location>, expression: Expression },
    #[serde(rename = "VariableAssignment")]
    Variable(Variable),
    #[serde(rename = "OptionStatement")]
    Option { location: Option<Location>, assignment: Assignment },
    #[serde(rename = "ReturnStatement")]
    Return { location: Option<Location>, argument: Expression },
    #[serde(rename = "BadStatement")]
    Bad { text: String },
    #[serde(rename = "TestCaseStatement")]
    TestCase { location: Option<Location>, id: Identifier, extends: Option<StringLiteral>, block: Block },
    #[serde(rename = "BuiltinStatement")]
    Builtin { id: Identifier },
}

#[derive(Deserialize)]
pub(super) struct Variable {
    pub(super) location: Option<Location>,
    pub(super) id: Identifier,
    pub(super) init: Expression,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
pub(super) enum Assignment {
    #[serde(rename = "VariableAssignment")]
    Variable(Variable),
    #[serde(rename = "MemberAssignment")]
    Member { location: Option<Location>, member: Member, init: Expression },
}

#[derive(Deserialize)]
pub(super) struct Member {
    pub(super) location: Option<Location>,
    pub(super) object: Box<Expression>,
    pub(super) property: PropertyKey,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
pub(super) enum PropertyKey {
    Identifier(Identifier),
    #[serde(rename = "StringLiteral")]
    String(StringLiteral),
}

#[derive(Deserialize)]
pub(super) struct Block {
    pub(super) location: Option<Location>,
    pub(super) body: Vec<Statement>,
}

#[derive(Deserialize)]
pub(super) struct Property {
    pub(super) location: Option<Location>,
    pub(super) key: PropertyKey,
    pub(super) value: Option<Expression>,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
pub(super) enum Expression {
    Identifier(Identifier),
    #[serde(rename = "ArrayExpression")]
    Array {
        location: Option<Location>,
        #[serde(deserialize_with = "null_is_empty")]
        elements: Vec<Expression>,
    },
    #[serde(rename = "DictExpression")]
    Dictionary {
        location: Option<Location>,
        #[serde(deserialize_with = "null_is_empty")]
        elements: Vec<Entry>,
    },
    #[serde(rename = "FunctionExpression")]
    Function {
        location: Option<Location>,
        #[serde(deserialize_with = "null_is_empty")]
        params: Vec<Property>,
        body: Box<Body>,
    },
    #[serde(rename = "LogicalExpression")]
    Logical {
        location: Option<Location>,
        operator: String,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    #[serde(rename = "ObjectExpression")]
    Object {
        location: Option<Location>,
        with: Option<With>,
        #[serde(deserialize_with = "null_is_empty")]
        properties: Vec<Property>,
    },
    #[serde(rename = "MemberExpression")]
    Member(Member),
    #[serde(rename = "IndexExpression")]
    Index {
        location: Option<Location>,
        array: Box<Expression>,
        index: Box<Expression>,
    },
    #[serde(rename = "BinaryExpression")]
    Binary {
        location: Option<Location>,
        operator: String,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    #[serde(rename = "UnaryExpression")]
    Unary {
        location: Option<Location>,
        operator: String,
        argument: Box<Expression>,
    },
    #[serde(rename = "PipeExpression")]
    Pipe {
        location: Option<Location>,
        argument: Box<Expression>,
        call: Call,
    },
    #[serde(rename = "CallExpression")]
    Call(Call),
    #[serde(rename = "ConditionalExpression")]
    Conditional {
        location: Option<Location>,
        test: Box<Expression>,
        consequent: Box<Expression>,
        alternate: Box<Expression>,
    },
    #[serde(rename = "StringExpression")]
    Interpolated {
        location: Option<Location>,
        parts: Vec<Part>,
    },
    #[serde(rename = "ParenExpression")]
    Parenthesized {
        location: Option<Location>,
        expression: Box<Expression>,
    },
    #[serde(rename = "IntegerLiteral")]
    Integer {
        location: Option<Location>,
        value: String,
    },
    #[serde(rename = "FloatLiteral")]
    Float {
        location: Option<Location>,
        value: f64,
    },
    #[serde(rename = "StringLiteral")]
    String(StringLiteral),
    #[serde(rename = "DurationLiteral")]
    Duration {
        location: Option<Location>,
        values: Vec<Magnitude>,
    },
    #[serde(rename = "UnsignedIntegerLiteral")]
    Unsigned {
        location: Option<Location>,
        value: String,
    },
    #[serde(rename = "BooleanLiteral")]
    Boolean {
        location: Option<Location>,
        value: bool,
    },
    #[serde(rename = "DateTimeLiteral")]
    Time {
        location: Option<Location>,
        value: DateTime<FixedOffset>,
    },
    #[serde(rename = "RegexpLiteral")]
    Regex {
        location: Option<Location>,
        value: String,
    },
    #[serde(rename = "PipeLiteral")]
    PipeLiteral {
        location: Option<Location>,
    },
    #[serde(rename = "LabelLiteral")]
    Label {
        location: Option<Location>,
        value: String,
    },
    #[serde(rename = "BadExpression")]
    Bad {
        text: String,
    },
}

#[derive(Deserialize)]
pub(super) struct Call {
    pub(super) location: Option<Location>,
    pub(super) callee: Box<Expression>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(super) arguments: Vec<Expression>,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) key: Expression,
    pub(super) val: Expression,
}

#[derive(Deserialize)]
pub(super) struct Magnitude {
    pub(super) magnitude: i64,
    pub(super) unit: String,
}

/// The record before `with`: a name, or a name inside `source`.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum With {
    Source { source: Identifier },
    Name(Identifier),
}

#[derive(Deserialize)]
#[serde(tag = "type")]
pub(super) enum Part {
    #[serde(rename = "TextPart")]
    Text { value: String },
    #[serde(rename = "InterpolatedPart")]
    Interpolated { expression: Expression },
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Body {
    Block(Block),
    Expression(Expression),
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(from)?.unwrap_or_default())
}
