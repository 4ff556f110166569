//! The table plan: what a Flux script asks of its streams of tables, as a graph of procedures.
//!
//! The semantic stage makes it; the `query` crate turns it into DataFusion plans. Row functions stand in it as
//! [`RowFunction`]: closures are inlined and everything that does not depend on the row is a literal.

mod procedure;

use std::sync::Arc;

use model::FluxDuration;

use crate::ast::{BinaryOperator, LogicalOperator, Span, UnaryOperator};

pub use procedure::{Aggregate, FillValue, Oscillator, Scan, Selector};

/// A node of a [`Plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// The graph. Nodes only refer to earlier nodes, so their order is an order of evaluation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    pub nodes: Vec<Node>,
}

impl Plan {
    /// The node with this id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }
}

/// One procedure over its input streams.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub op: Op,
    pub inputs: Vec<NodeId>,
    /// The call that made it, for run-time errors: `runtime error @SPAN: NAME: ...`.
    pub span: Span,
    /// The function's name as the script wrote it, without package.
    pub name: String,
    /// Whether InfluxDB 2.9.1 would answer this node inside its storage engine; the meaning of a few procedures
    /// (missing tags, group keys, errors) depends on it.
    pub pushed: bool,
}

/// A result of the program: `yield(name:)`, or an expression statement under the name `_result`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub name: String,
    pub node: NodeId,
}

/// What names a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BucketRef {
    Name(String),
    Id(String),
}

/// `location`: a zone of the IANA database (or `UTC`) and a fixed offset.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Location {
    pub zone: String,
    pub offset: FluxDuration,
}

impl Default for Location {
    fn default() -> Self {
        Self { zone: "UTC".to_owned(), offset: FluxDuration::default() }
    }
}

/// Sides of a time range, `start <= t < stop`, in nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub start: i64,
    pub stop: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupMode {
    By,
    Except,
    /// `experimental.group(mode: "extend")`
    Extend,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ColumnSelection {
    Names(Vec<String>),
    /// `fn: (column) => bool`, evaluated on each column name; the body sees the name as [`RowExpr::Parameter`].
    Predicate(RowFunction),
}

#[derive(Debug, Clone, PartialEq)]
pub enum RenameSpec {
    Names(Vec<(String, String)>),
    /// `fn: (column) => string`.
    Function(RowFunction),
}

/// `window`: windows are computed on `time_column`, their bounds become key columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// `None` is `every: inf`: one window with the bounds of the range.
    pub every: Option<FluxDuration>,
    pub period: FluxDuration,
    pub offset: FluxDuration,
    pub location: Location,
    pub time_column: String,
    pub start_column: String,
    pub stop_column: String,
    pub create_empty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinMethod {
    Inner,
    Left,
    Right,
    Full,
}

/// Procedures. Column names are as the script gave them; that they exist is known only when the plan is lowered.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    From(BucketRef),
    /// `buckets()`: one table of the caller's buckets.
    Buckets,
    /// `array.from`: rows with named values; a column keeps the first non-null value's type.
    Rows {
        columns: Vec<(String, ScalarType)>,
        rows: Vec<Vec<Scalar>>,
    },
    CsvFrom {
        text: Arc<str>,
        raw: bool,
    },
    /// Native answers about a bucket's schema, within bounds.
    Schema(SchemaQuestion),
    Range {
        bounds: Bounds,
        time_column: String,
        start_column: String,
        stop_column: String,
    },
    Filter {
        predicate: RowFunction,
        keep_empty: bool,
    },
    Map {
        function: RowFunction,
    },
    Reduce {
        function: RowFunction,
        identity: Vec<(String, Scalar)>,
    },
    Group {
        columns: Vec<String>,
        mode: GroupMode,
    },
    Keep(ColumnSelection),
    Drop(ColumnSelection),
    Rename(RenameSpec),
    Duplicate {
        column: String,
        as_column: String,
    },
    Set {
        values: Vec<(String, Scalar)>,
    },
    /// `pagerduty.dedupKey`: a digest of the group key without these columns.
    DedupKey {
        exclude: Vec<String>,
    },
    Aggregate {
        aggregate: Aggregate,
        column: String,
    },
    Select {
        selector: Selector,
        column: String,
    },
    Distinct {
        column: String,
    },
    Unique {
        column: String,
    },
    Sort {
        columns: Vec<String>,
        descending: bool,
    },
    Limit {
        n: i64,
        offset: i64,
    },
    Tail {
        n: i64,
        offset: i64,
    },
    /// `experimental.preview`: the first rows of the first tables.
    Preview {
        rows: i64,
        tables: i64,
    },
    Window(Window),
    /// `aggregateWindow`'s fill step: an empty table gets one row of its key and nulls.
    FillEmptyTables,
    Fill {
        column: String,
        value: FillValue,
    },
    Scan(Scan),
    Histogram {
        column: String,
        upper_bound_column: String,
        count_column: String,
        bins: Vec<f64>,
        normalize: bool,
    },
    HistogramQuantile {
        quantile: f64,
        count_column: String,
        upper_bound_column: String,
        value_column: String,
        min_value: f64,
        on_nonmonotonic: String,
    },
    Pivot {
        row_key: Vec<String>,
        column_key: Vec<String>,
        value_column: String,
    },
    /// `experimental.unpivot`: every column but the key and these becomes rows of `_field` and `_value`.
    Unpivot {
        other_columns: Vec<String>,
    },
    Columns {
        column: String,
    },
    Keys {
        column: String,
    },
    KeyValues {
        columns: Vec<String>,
    },
    Union,
    /// `experimental.diff`: of tables of one key that differ the rows of both, those of the first input are wanted.
    Diff,
    /// `join(tables: {a: , b: }, on:)`: inputs in the order of the names.
    Join {
        names: Vec<String>,
        on: Vec<String>,
    },
    /// The `join` package: pairs of tables with equal key; `on` and `as_row` see both rows.
    JoinPackage {
        method: JoinMethod,
        on: Vec<(String, String)>,
        as_row: RowFunction,
    },
    TimeShift {
        duration: FluxDuration,
        columns: Vec<String>,
    },
    /// `truncateTimeColumn`.
    TruncateTime {
        unit: FluxDuration,
        location: Location,
    },
    /// `to()`: writes its input to a bucket and passes it on.
    To(ToSpec),
    /// `yield()`: its input, under a name; kept as a node so that a pipe may go on behind it.
    Yield {
        name: String,
    },
}

/// Arguments of `to()`.
#[derive(Debug, Clone, PartialEq)]
pub struct ToSpec {
    pub bucket: BucketRef,
    pub org: Option<String>,
    pub measurement_column: String,
    pub tag_columns: Option<Vec<String>>,
    pub time_column: String,
    /// `fieldFn`, giving a record of fields; `None` means `_field` and `_value`.
    pub field_fn: Option<RowFunction>,
    /// `wideTo`: text columns of the key are tags, columns outside of it are fields.
    pub wide: bool,
    /// Columns and the names of the fields that they are: known when `field_fn` or `wide` was lowered.
    pub fields: Option<Vec<(String, String)>>,
}

/// What the `schema` package and `influxdb.cardinality` ask; answered from indexes where storage can.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaQuestion {
    pub bucket: BucketRef,
    pub bounds: Option<Bounds>,
    /// `predicate:` on tags, `_measurement` and `_field`.
    pub predicate: Option<RowFunction>,
    pub ask: SchemaAsk,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaAsk {
    Measurements,
    TagKeys,
    TagValues { tag: String },
    FieldKeys,
    Cardinality,
}

/// A function of a row, compiled: parameters are gone, captured values are literals, helper closures are inlined.
#[derive(Debug, Clone, PartialEq)]
pub struct RowFunction {
    pub body: RowExpr,
    pub span: Span,
    /// Whether InfluxDB evaluates a `map` body column-wise (members of `r`, literals, operators, `if`, `exists`, `float`
    /// only); decides null logic in `and`/`or`, column order and the wording of errors.
    pub vectorized: bool,
}

/// An expression over one row.
#[derive(Debug, Clone, PartialEq)]
pub enum RowExpr {
    Literal(Scalar),
    /// The row itself, `r`.
    Row,
    /// `r.name`: null if the table lacks the column.
    Column(String),
    /// `accumulator.name` in `reduce`.
    Accumulator(String),
    /// The other row of a join: 0 is the left one, 1 the right one.
    SideColumn(usize, String),
    SideRow(usize),
    /// The single argument of a `fn: (column) => ...`.
    Parameter,
    Unary(UnaryOperator, Box<RowExpr>),
    Binary(BinaryOperator, Box<RowExpr>, Box<RowExpr>),
    Logical(LogicalOperator, Box<RowExpr>, Box<RowExpr>),
    If {
        test: Box<RowExpr>,
        then: Box<RowExpr>,
        otherwise: Box<RowExpr>,
    },
    /// A library function by its full name (`strings.toUpper`, `float`, `date.hour`), arguments by name.
    Call {
        function: String,
        arguments: Vec<(String, RowExpr)>,
    },
    Interpolate(Vec<RowExpr>),
    /// A record; `with` is the record it extends.
    Record {
        with: Option<Box<RowExpr>>,
        properties: Vec<(String, RowExpr)>,
    },
    /// Property of a record that is not the row.
    Member(Box<RowExpr>, String),
    Array(Vec<RowExpr>),
    Index(Box<RowExpr>, Box<RowExpr>),
    /// A dictionary known before the run, as key-value pairs.
    Dictionary(Vec<(RowExpr, RowExpr)>),
}

/// Types that a column of a table can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScalarType {
    Bool,
    Int,
    UInt,
    Float,
    String,
    Time,
}

impl ScalarType {
    /// Flux's name of the type, as its messages write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::UInt => "uint",
            Self::Float => "float",
            Self::String => "string",
            Self::Time => "time",
        }
    }
}

/// A value that is no table and no function.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    String(Arc<str>),
    /// Nanoseconds since the epoch.
    Time(i64),
    Duration(FluxDuration),
    /// A pattern in RE2's syntax.
    Regex(Arc<str>),
    Bytes(Arc<[u8]>),
}

impl Scalar {
    /// The column type that holds this value; `None` for null and for what no column holds.
    pub fn column_type(&self) -> Option<ScalarType> {
        match self {
            Self::Bool(_) => Some(ScalarType::Bool),
            Self::Int(_) => Some(ScalarType::Int),
            Self::UInt(_) => Some(ScalarType::UInt),
            Self::Float(_) => Some(ScalarType::Float),
            Self::String(_) => Some(ScalarType::String),
            Self::Time(_) => Some(ScalarType::Time),
            Self::Null | Self::Duration(_) | Self::Regex(_) | Self::Bytes(_) => None,
        }
    }
}
