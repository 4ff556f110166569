//! `POST /api/v2/write`: line protocol in. The checks run in InfluxDB's order, the first failure answers.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri};
use bytes::Bytes;
use engine::{Bucket, Id, Organization, Precision, StorageError, WriteError, WriteOutcome};
use tokio::time::Instant;

use super::{no_content, organization};
use crate::args::Args;
use crate::body::Room;
use crate::error::{ApiError, ApiResult, Code};
use crate::state::AppState;
use crate::{auth, body, gzip};

/// A body to write and where it goes.
pub(crate) struct Target {
    /// The bucket's identifier.
    pub(crate) bucket: Id,
    /// Unit of the times.
    pub(crate) precision: Precision,
}

/// The handler.
pub(crate) async fn write(State(state): State<AppState>, request: Request) -> ApiResult {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let mut body = Incoming::new(&state, body);
    match admit(&state, &parts.uri, &parts.headers, &mut body).await {
        Ok(target) => store(&state, &parts.headers, target, body, began).await,
        Err(refusal) => {
            body.drain().await;
            Err(refusal)
        }
    }
}

/// A body, read or not yet, and the memory it takes: gzip's first bytes are looked at before the organisation is, the rest
/// after the permission.
pub(crate) struct Incoming {
    form: Form,
    room: Room,
}

enum Form {
    /// Still on the wire.
    Waiting(Body),
    /// Here, as it was sent.
    Read(Bytes),
}

impl Incoming {
    /// The body of a request to this engine.
    pub(crate) fn new(state: &AppState, body: Body) -> Self {
        Self { form: Form::Waiting(body), room: Room::new(&state.engine) }
    }

    async fn take(mut self, most: usize) -> ApiResult<(Bytes, Room)> {
        let bytes = match self.form {
            Form::Waiting(waiting) => body::read_held(waiting, most, gzip::too_large, &mut self.room).await?,
            Form::Read(bytes) => bytes,
        };
        Ok((bytes, self.room))
    }

    async fn drain(self) {
        if let Form::Waiting(waiting) = self.form {
            body::drain(waiting).await;
        }
    }

    /// Reads a packed body and refuses it when it does not begin as gzip.
    pub(crate) async fn check_packed(&mut self, headers: &HeaderMap, most: usize) -> ApiResult<()> {
        if !gzip::is_packed(headers) {
            return Ok(());
        }
        if let Form::Waiting(waiting) = &mut self.form {
            let waiting = std::mem::take(waiting);
            self.form = Form::Read(body::read_held(waiting, most, gzip::too_large, &mut self.room).await?);
        }
        match &self.form {
            Form::Read(bytes) => gzip::check_beginning(bytes),
            Form::Waiting(_) => Ok(()),
        }
    }
}

/// Everything that is checked before the lines are.
async fn admit(state: &AppState, uri: &Uri, headers: &HeaderMap, body: &mut Incoming) -> ApiResult<Target> {
    let principal = auth::principal(state, headers)?;
    let args = Args::of(uri);
    let precision = args.get("precision").unwrap_or_default().parse::<Precision>().map_err(ApiError::invalid)?;
    let bucket = args.filled("bucket").ok_or_else(|| ApiError::not_found("bucket not found"))?;
    body.check_packed(headers, state.options.write_body_bytes).await?;
    let org = organization(state, &args)?;
    let bucket = find_bucket(state, &org, &bucket)?;
    auth::require_write(&principal, org.id, bucket.id)?;
    // The bucket was found by its identifier, which says nothing of the organisation that was named.
    if bucket.org_id != org.id {
        return Err(ApiError::not_found(format!("bucket {:?} not found", bucket.id.to_string())));
    }
    Ok(Target { bucket: bucket.id, precision })
}

/// A bucket by identifier, else by name.
fn find_bucket(state: &AppState, org: &Organization, text: &str) -> ApiResult<Bucket> {
    if let Some(found) = text.parse::<Id>().ok().and_then(|id| state.engine.bucket(id).ok()) {
        return Ok(found);
    }
    Ok(state.engine.bucket_by_name(org.id, text)?)
}

/// Reads, unpacks and stores the lines.
pub(crate) async fn store(
    state: &AppState,
    headers: &HeaderMap,
    target: Target,
    body: Incoming,
    began: Instant,
) -> ApiResult {
    let most = state.options.write_body_bytes;
    let (sent, mut room) = body.take(most).await?;
    let lines = if gzip::is_packed(headers) {
        room.reach(gzip::expected(&sent, most)).await?;
        Bytes::from(gzip::unpack(&sent, most)?)
    } else {
        sent
    };
    if lines.is_empty() {
        return Ok(no_content());
    }
    room.reach(lines.len()).await?;
    let stored = state.engine.write_line_protocol(target.bucket, &lines, target.precision).await;
    match stored {
        Ok(WriteOutcome::Stored { points }) => {
            state.metrics.wrote(points, lines.len(), began.elapsed());
            Ok(no_content())
        }
        Ok(WriteOutcome::Partial { message }) => {
            Err(ApiError::unprocessable(format!("failure writing points to database: {message}")))
        }
        Err(WriteError::Parse(message)) => Err(ApiError::invalid(message)),
        Err(WriteError::Storage(cause)) => Err(failed(target.bucket, &cause)),
    }
}

/// A store that is busy is told apart from one that failed: the client is to come again.
fn failed(bucket: Id, cause: &StorageError) -> ApiError {
    if let StorageError::Busy { .. } = cause {
        return body::busy(cause);
    }
    tracing::error!(%bucket, "write failed: {cause}");
    ApiError::new(Code::Internal, format!("unexpected error writing points to database: {cause}"))
}
