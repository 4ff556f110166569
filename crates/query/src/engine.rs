//! [`QueryEngine`]: runs table plans.

use std::sync::Arc;

use codec::table::Event;
use datafusion::arrow::record_batch::RecordBatch;
use flux::FluxError;
use flux::host::{FoundColumn, FoundTable};
use flux::plan::{NodeId, Output, Plan, Scalar};
use futures::StreamExt;
use futures::stream::BoxStream;

use crate::context::Context;
use crate::error::from_datafusion;
use crate::lane::Stream;
use crate::lower::Lowering;
use crate::scalar::from_array;
use crate::session::{QueryOptions, Session};
use crate::tables::{Item, KeyValue, Tables, to_event};

/// Runs table plans over one memory pool. Cheap to clone.
#[derive(Debug, Clone)]
pub struct QueryEngine {
    pub(crate) session: Session,
}

/// Decides about a table by its key: label and value by label. Need not be `Send`: the caller waits on its own thread.
pub type AcceptKey<'a> = dyn FnMut(&[(String, Scalar)]) -> Result<bool, FluxError> + 'a;

impl QueryEngine {
    /// Fails only if DataFusion refuses the options.
    pub fn new(options: &QueryOptions) -> Result<Self, FluxError> {
        Ok(Self { session: Session::new(options).map_err(from_datafusion)? })
    }

    /// Starts a program. An error before the first table of the first result is the `Err`; a later one is
    /// [`Event::Error`], after which the stream ends.
    pub async fn execute(
        &self,
        plan: &Plan,
        outputs: &[Output],
        context: Arc<dyn Context>,
    ) -> Result<BoxStream<'static, Event>, FluxError> {
        let mut lowering = Lowering::new(plan, context, self.session.clone());
        let mut streams = Vec::with_capacity(outputs.len());
        for output in outputs {
            streams.push((Arc::<str>::from(output.name.as_str()), lowering.lower(output.node).await?));
        }
        let mut results = streams.into_iter();
        let mut first = None;
        if let Some((name, stream)) = results.next() {
            let mut tables = Tables::start(stream, &self.session).await?;
            let item = tables.next().await?;
            first = Some((name, tables, item));
        }
        let session = self.session.clone();
        Ok(answer(first, results, session).boxed())
    }

    /// The first table of a stream whose key is accepted, in table order.
    pub async fn find_table(
        &self,
        plan: &Plan,
        node: NodeId,
        context: Arc<dyn Context>,
        accept: &mut AcceptKey<'_>,
    ) -> Result<Option<FoundTable>, FluxError> {
        let mut lowering = Lowering::new(plan, context, self.session.clone());
        if let Some(stream) = lowering.first_rows(node).await? {
            let found = self.find_in(stream, accept, Search::First).await?;
            if let Searched::Done(found) = found {
                return Ok(found);
            }
        }
        let stream = lowering.lower(node).await?;
        match self.find_in(stream, accept, Search::All).await? {
            Searched::Done(found) => Ok(found),
            Searched::Open => Ok(None),
        }
    }

    async fn find_in(&self, stream: Stream, accept: &mut AcceptKey<'_>, search: Search) -> Result<Searched, FluxError> {
        let mut tables = Tables::start(stream, &self.session).await?;
        let mut found: Option<FoundTable> = None;
        while let Some(item) = tables.next().await? {
            match item {
                Item::Table(head) => {
                    if found.is_some() {
                        break;
                    }
                    let key: Vec<(String, Scalar)> = head.values.iter().map(pair).collect();
                    if accept(&key)? {
                        found = Some(empty_table(&head.schema));
                    } else if search == Search::First {
                        return Ok(Searched::Open);
                    }
                }
                Item::Rows(rows) => {
                    if let Some(table) = &mut found {
                        append(table, &rows);
                    }
                }
            }
        }
        Ok(Searched::Done(found))
    }
}

/// How far to look for a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    /// The stream has the first table of each lane only.
    First,
    All,
}

enum Searched {
    Done(Option<FoundTable>),
    /// The first table is not the one.
    Open,
}

fn pair(key: &KeyValue) -> (String, Scalar) {
    (key.label.clone(), key.value.clone())
}

fn empty_table(schema: &codec::table::TableSchema) -> FoundTable {
    let column = |c: &codec::table::TableColumn| FoundColumn {
        name: c.name.clone(),
        data_type: crate::tables::scalar_type(c.data_type),
        in_key: c.in_key,
        values: Vec::new(),
    };
    FoundTable { columns: schema.columns.iter().map(column).collect(), row_count: 0 }
}

fn append(table: &mut FoundTable, rows: &RecordBatch) {
    for (column, array) in table.columns.iter_mut().zip(rows.columns()) {
        column.values.extend((0..rows.num_rows()).map(|row| from_array(array.as_ref(), row)));
    }
    table.row_count += rows.num_rows();
}

/// The results one after another.
fn answer(
    first: Option<(Arc<str>, Tables, Option<Item>)>,
    rest: impl Iterator<Item = (Arc<str>, crate::lane::Stream)> + Send + 'static,
    session: Session,
) -> impl futures::Stream<Item = Event> + Send {
    enum State {
        Begin(Arc<str>, Tables, Option<Item>),
        Held(Tables, Item),
        Inside(Tables),
        Next,
        End,
    }
    let state = match first {
        Some((name, tables, item)) => State::Begin(name, tables, item),
        None => State::End,
    };
    futures::stream::unfold((state, rest, session), |(state, mut rest, session)| async move {
        let mut state = state;
        loop {
            state = match state {
                State::Begin(name, tables, item) => {
                    let next = match item {
                        Some(item) => State::Held(tables, item),
                        None => State::Next,
                    };
                    return Some((Event::Result(name), (next, rest, session)));
                }
                State::Held(tables, item) => return Some((to_event(item), (State::Inside(tables), rest, session))),
                State::Inside(mut tables) => match tables.next().await {
                    Ok(Some(item)) => return Some((to_event(item), (State::Inside(tables), rest, session))),
                    Ok(None) => State::Next,
                    Err(e) => return Some((Event::Error(e.message), (State::End, rest, session))),
                },
                State::Next => match rest.next() {
                    None => State::End,
                    Some((name, stream)) => match Tables::start(stream, &session).await {
                        Ok(mut tables) => match tables.next().await {
                            Ok(item) => State::Begin(name, tables, item),
                            Err(e) => return Some((Event::Error(e.message), (State::End, rest, session))),
                        },
                        Err(e) => return Some((Event::Error(e.message), (State::End, rest, session))),
                    },
                },
                State::End => return None,
            };
        }
    })
}
