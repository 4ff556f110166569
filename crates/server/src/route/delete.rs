//! `POST /api/v2/delete`: points of a range of time that match a predicate. Both ends of the range belong to it.

use axum::extract::{Request, State};
use chrono::{DateTime, FixedOffset};
use codec::delete_predicate::{self, PredicateError};
use engine::{Action, Bucket, Id, Organization, Permission, ResourceType, SeriesFilter};
use serde_json::Value;

use super::{id_argument, no_content, organization, split};
use crate::args::Args;
use crate::error::{ApiError, ApiResult, Code};
use crate::json::{self, Fields};
use crate::state::AppState;
use crate::{auth, body, limits};

/// What stands before what is wrong with the body, except for a predicate that does not parse at all.
const DECODING: &str = "error decoding json body: ";

/// What to delete.
struct Asked {
    first_ns: i64,
    last_ns: i64,
    filter: SeriesFilter,
}

/// The handler.
pub(crate) async fn delete(State(state): State<AppState>, request: Request) -> ApiResult {
    let (uri, headers, body) = split(request);
    let principal = auth::principal(&state, &headers)?;
    let text = body::read(body, limits::MANAGEMENT_BODY_BYTES).await?;
    let asked = read(&text)?;
    let args = Args::of(&uri);
    let org = organization(&state, &args)?;
    let bucket = find_bucket(&state, &args, &org)?;
    let wanted = Permission::on(Action::Write, ResourceType::Buckets, bucket.org_id, bucket.id);
    if bucket.org_id != org.id || !principal.allows(wanted) {
        return Err(ApiError::forbidden("insufficient permissions to delete"));
    }
    // Back to front is nothing to delete.
    if asked.first_ns <= asked.last_ns {
        state.engine.delete(bucket.id, asked.first_ns, asked.last_ns, asked.filter).await?;
    }
    Ok(no_content())
}

/// `bucketID`, else `bucket`, a name.
fn find_bucket(state: &AppState, args: &Args<'_>, org: &Organization) -> ApiResult<Bucket> {
    if let Some(id) = id_argument(args, "bucketID")? {
        return Ok(state.engine.bucket(id)?);
    }
    let Some(name) = args.filled("bucket") else {
        return Err(ApiError::invalid("Please provide either bucketID or bucket"));
    };
    let unknown = match state.engine.bucket_by_name(org.id, &name) {
        Ok(bucket) => return Ok(bucket),
        Err(unknown) => unknown,
    };
    name.parse::<Id>().ok().and_then(|id| state.engine.bucket(id).ok()).ok_or_else(|| unknown.into())
}

fn read(text: &[u8]) -> ApiResult<Asked> {
    let decoding = |cause: String| ApiError::invalid(format!("{DECODING}{cause}"));
    let value: Value = json::parse(text).map_err(decoding)?;
    let wrong_type = |cause: String| decoding(format!("Invalid delete predicate node request: {cause}"));
    let fields = Fields::of(&value, "deleteRequestDecode", "http.deleteRequestDecode").map_err(wrong_type)?;
    let text = |key: &str| fields.text(key).map(Option::unwrap_or_default).map_err(wrong_type);
    let (start, stop, predicate) = (text("start")?, text("stop")?, text("predicate")?);
    let start = time("start", start, "2009-01-02T23:00:00Z").map_err(decoding)?;
    let stop = time("stop", stop, "2009-01-01T23:00:00Z").map_err(decoding)?;
    let first_ns = start.timestamp_nanos_opt().filter(|ns| *ns >= FIRST_NS).ok_or_else(|| {
        decoding("invalid start time, start time must not be before 1677-09-21T00:12:43.145224194Z".to_owned())
    })?;
    let last_ns = stop.timestamp_nanos_opt().filter(|ns| *ns <= LAST_NS).ok_or_else(|| {
        decoding("invalid stop time, stop time must not be after 2262-04-11T23:47:16.854775806Z".to_owned())
    })?;
    Ok(Asked { first_ns, last_ns, filter: filter(predicate)? })
}

/// The times that points may have.
const FIRST_NS: i64 = i64::MIN + 2;
const LAST_NS: i64 = i64::MAX - 1;

fn time(field: &str, text: &str, example: &str) -> Result<DateTime<FixedOffset>, String> {
    DateTime::parse_from_rfc3339(text).map_err(|_| {
        format!(
            "invalid RFC3339Nano for field {field}, please format your time with RFC3339Nano format, example: {example}"
        )
    })
}

fn filter(predicate: &str) -> ApiResult<SeriesFilter> {
    delete_predicate::parse(predicate).map_err(|cause| {
        let code = match cause {
            PredicateError::ByField => Code::NotImplemented,
            _ => Code::Invalid,
        };
        ApiError::new(code, cause.to_string())
    })
}
