//! Packed bodies, in both directions.

use std::io::{Read, Write};

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use http_body_util::BodyExt;

use crate::error::{ApiError, Code};
use crate::limits;

/// Whether a request's body is packed. `identity` and `deflate` are read as plain text, as InfluxDB does.
pub(crate) fn is_packed(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|v| v == "gzip" || v == "x-gzip")
}

/// Refuses what does not begin as a gzip stream.
pub(crate) fn check_beginning(packed: &[u8]) -> Result<(), ApiError> {
    const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
    if packed.is_empty() {
        return Err(ApiError::invalid("the body is empty, though Content-Encoding says gzip: EOF"));
    }
    if !packed.starts_with(&MAGIC) {
        return Err(ApiError::invalid("the body is not gzip, though Content-Encoding says so: gzip: invalid header"));
    }
    Ok(())
}

/// What a packed body is expected to unpack to. Line protocol packs about ten to one; a wrong guess costs a copy, a lie in
/// the size field must not cost memory.
pub(crate) fn expected(packed: &[u8], most: usize) -> usize {
    packed.len().saturating_mul(8).min(most)
}

/// The plain text of a packed body of at most `most` bytes unpacked.
pub(crate) fn unpack(packed: &[u8], most: usize) -> Result<Vec<u8>, ApiError> {
    let mut plain = Vec::with_capacity(expected(packed, most));
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    match MultiGzDecoder::new(packed).take(bound).read_to_end(&mut plain) {
        Ok(_) if plain.len() > most => Err(too_large()),
        Ok(_) => Ok(plain),
        Err(cause) => Err(unreadable(&cause)),
    }
}

/// What is said of a body beyond its limit.
pub(crate) fn too_large() -> ApiError {
    ApiError::new(Code::TooLarge, "unable to read data: points batch is too large")
}

fn unreadable(cause: &std::io::Error) -> ApiError {
    let text = cause.to_string();
    let words = match cause.kind() {
        std::io::ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
        _ if text.contains("checksum") => "gzip: invalid checksum".to_owned(),
        _ if text.contains("header") => "gzip: invalid header".to_owned(),
        _ => format!("flate: corrupt input: {text}"),
    };
    ApiError::invalid(format!("unable to read data: {words}"))
}

/// Whether a client takes a packed answer.
pub(crate) fn accepts(headers: &HeaderMap) -> bool {
    let texts = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    texts.flat_map(|t| t.split(',')).any(|part| {
        let (name, rest) = part.split_once(';').unwrap_or((part, ""));
        let name = name.trim();
        if !name.eq_ignore_ascii_case("gzip") && name != "*" {
            return false;
        }
        let quality = rest.split(';').find_map(|p| p.trim().strip_prefix("q="));
        quality.and_then(|q| q.trim().parse::<f32>().ok()).is_none_or(|q| q > 0.0)
    })
}

/// Says that an answer depends on `Accept-Encoding`.
pub(crate) fn vary(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
}

/// A packer of one streamed answer.
#[derive(Debug)]
pub(crate) struct Packer(GzEncoder<Vec<u8>>);

impl Packer {
    /// Packs for speed: the answer is produced by the same two cores.
    pub(crate) fn new() -> Self {
        Self(GzEncoder::new(Vec::with_capacity(limits::ANSWER_PIECE_BYTES / 4), Compression::fast()))
    }

    /// Takes a piece and gives what can be sent; flushed, so that the client sees the rows as they come.
    pub(crate) fn piece(&mut self, plain: &[u8]) -> Bytes {
        // Writing to memory does not fail.
        let _ = self.0.write_all(plain);
        let _ = self.0.flush();
        Bytes::from(std::mem::take(self.0.get_mut()))
    }

    /// The end of the stream.
    pub(crate) fn finish(self) -> Bytes {
        Bytes::from(self.0.finish().unwrap_or_default())
    }
}

impl Default for Packer {
    fn default() -> Self {
        Self::new()
    }
}

/// Packs an answer whose length is known and worth it. Streamed ones pack themselves.
pub(crate) async fn pack(response: Response) -> Response {
    let worth = response.body().size_hint().exact().is_some_and(|n| n >= limits::GZIP_FROM_BYTES as u64);
    if !worth || response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(plain) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Response::from_parts(parts, Body::empty());
    };
    let mut packer = Packer::new();
    let mut packed = packer.piece(&plain).to_vec();
    packed.extend_from_slice(&packer.finish());
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(packed))
}

#[cfg(test)]
mod tests;
