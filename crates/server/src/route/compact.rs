//! `POST /api/v2/compact`, which InfluxDB does not have: merge what the folder, or one bucket, holds into few, sealed files.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde_json::json;

use super::{id_argument, organization, split};
use crate::args::Args;
use crate::auth;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::state::AppState;

/// The handler; for operators, since it works on what all organisations keep in one log. It answers when the merge is done.
pub(crate) async fn compact(State(state): State<AppState>, request: Request) -> ApiResult {
    let (uri, headers, _) = split(request);
    let principal = auth::principal(&state, &headers)?;
    auth::require_operator(&principal, "/api/v2/compact")?;
    let args = Args::of(&uri);
    let bucket = match (id_argument(&args, "bucketID")?, args.filled("bucket")) {
        (Some(id), _) => Some(state.engine.bucket(id)?.id),
        (None, Some(name)) => Some(state.engine.bucket_by_name(organization(&state, &args)?.id, &name)?.id),
        (None, None) => None,
    };
    match bucket {
        Some(bucket) => state.engine.compact_bucket(bucket).await?,
        None => state.engine.compact().await?,
    }
    let found = state.engine.inspect(bucket).await.map_err(ApiError::from)?;
    let partitions = || found.iter().flat_map(|b| &b.measurements).flat_map(|m| &m.partitions);
    let bytes: u64 = partitions().map(|p| p.bytes).sum();
    Ok(json::compact(StatusCode::OK, &json!({"partitions": partitions().count(), "bytes": bytes})))
}
