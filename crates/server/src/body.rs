//! Reading a request's body within a bound, without a copy where it came in one piece.

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use engine::{Engine, Hold, StorageError};
use http_body_util::BodyExt;
use tokio::time::Instant;

use crate::error::{ApiError, ApiResult, Code};
use crate::limits;

/// The whole body, at most `most` bytes.
pub(crate) async fn read(body: Body, most: usize) -> ApiResult<Bytes> {
    let too_large = || ApiError::new(Code::TooLarge, format!("request body is larger than {most} bytes"));
    read_pieces(body, most, too_large, None).await
}

/// Memory of the folder's budget for a body, and for a batch of about its size that is made of it.
#[derive(Debug)]
pub(crate) struct Room {
    engine: Engine,
    hold: Hold,
}

impl Room {
    pub(crate) fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), hold: engine.hold_body() }
    }

    /// Makes room for a body of so many bytes.
    pub(crate) async fn reach(&mut self, bytes: usize) -> ApiResult<()> {
        let wanted = bytes.saturating_mul(2);
        if wanted <= self.hold.bytes() {
            return Ok(());
        }
        // In steps, so that not every piece asks.
        let wanted = wanted.next_multiple_of(limits::BODY_STEP_BYTES);
        self.engine.grow_body(&mut self.hold, wanted).await.map_err(|cause| busy(&cause))
    }
}

/// 503: there is no memory for a write now.
pub(crate) fn busy(cause: &StorageError) -> ApiError {
    ApiError::new(Code::Unavailable, cause.to_string())
}

/// As [`read`], with another error for a body beyond the bound, and with memory from the budget.
pub(crate) async fn read_held(
    body: Body,
    most: usize,
    too_large: impl Fn() -> ApiError,
    room: &mut Room,
) -> ApiResult<Bytes> {
    read_pieces(body, most, too_large, Some(room)).await
}

async fn read_pieces(
    mut body: Body,
    most: usize,
    too_large: impl Fn() -> ApiError,
    mut room: Option<&mut Room>,
) -> ApiResult<Bytes> {
    let told = body.size_hint();
    if told.lower() > most as u64 {
        drain(body).await;
        return Err(too_large());
    }
    if let Some(room) = room.as_deref_mut() {
        room.reach(usize::try_from(told.lower()).unwrap_or(most)).await?;
    }
    let deadline = Instant::now() + limits::BODY_TIMEOUT;
    let Some(first) = piece(&mut body, deadline).await? else { return Ok(Bytes::new()) };
    if first.len() > most {
        return Err(too_large());
    }
    if told.exact() == Some(first.len() as u64) {
        return Ok(first);
    }
    let expected = usize::try_from(told.lower()).unwrap_or(0).clamp(first.len(), most);
    let mut all = BytesMut::with_capacity(expected);
    all.extend_from_slice(&first);
    while let Some(more) = piece(&mut body, deadline).await? {
        if all.len() + more.len() > most {
            return Err(too_large());
        }
        if let Some(room) = room.as_deref_mut() {
            room.reach(all.len() + more.len()).await?;
        }
        all.extend_from_slice(&more);
    }
    Ok(all.freeze())
}

/// The next piece of data, or `None` at the end.
async fn piece(body: &mut Body, deadline: Instant) -> ApiResult<Option<Bytes>> {
    loop {
        let stalled = Instant::now() + limits::BODY_STALL_TIMEOUT;
        let frame = match tokio::time::timeout_at(stalled.min(deadline), body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(cause))) => return Err(ApiError::invalid(format!("unable to read data: {cause}"))),
            Ok(None) => return Ok(None),
            Err(_) if deadline <= stalled => {
                let seconds = limits::BODY_TIMEOUT.as_secs();
                return Err(ApiError::invalid(format!(
                    "unable to read data: the body was not there after {seconds} s"
                )));
            }
            Err(_) => {
                let seconds = limits::BODY_STALL_TIMEOUT.as_secs();
                return Err(ApiError::invalid(format!("unable to read data: no byte came for {seconds} s")));
            }
        };
        if let Ok(data) = frame.into_data()
            && !data.is_empty()
        {
            return Ok(Some(data));
        }
    }
}

/// Reads and forgets a little of a body that will not be used, so that its sender gets to read the refusal.
pub(crate) async fn drain(mut body: Body) {
    let mut left = limits::DRAINED_BODY_BYTES;
    let deadline = Instant::now() + limits::BODY_STALL_TIMEOUT;
    while let Ok(Some(data)) = piece(&mut body, deadline).await {
        match left.checked_sub(data.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use bytes::Bytes;
    use futures::stream;

    use super::read;
    use crate::error::Code;

    fn pieces(all: &[&'static str]) -> Body {
        let items: Vec<_> = all.iter().map(|p| Ok::<_, std::io::Error>(Bytes::from_static(p.as_bytes()))).collect();
        Body::from_stream(stream::iter(items))
    }

    #[tokio::test]
    async fn pieces_are_joined_up_to_the_bound() {
        assert_eq!(read(pieces(&["ab", "", "cd"]), 4).await.unwrap(), "abcd");
        assert_eq!(read(pieces(&["ab", "cde"]), 4).await.unwrap_err().code, Code::TooLarge);
        assert_eq!(read(Body::from("abcde"), 4).await.unwrap_err().code, Code::TooLarge);
        assert_eq!(read(Body::empty(), 4).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_body_in_one_piece_is_not_copied() {
        let sent = Bytes::from(vec![b'x'; 100]);
        let at = sent.as_ptr();
        let got = read(Body::from(sent), 100).await.unwrap();
        assert_eq!(got.as_ptr(), at);
    }
}
