//! What a list shows: `limit`, `offset`, `after`, `descending`, and the links to go on.

use engine::Id;
use serde::Serialize;

use crate::args::{Args, escape, go_bool};
use crate::error::{ApiError, ApiResult};
use crate::limits;

/// The piece of a list that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    limit: usize,
    offset: usize,
    after: Option<Id>,
    descending: bool,
}

/// Links of a list, in Go's order.
#[derive(Debug, Serialize)]
pub(crate) struct PageLinks {
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<String>,
    #[serde(rename = "self")]
    this: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Page {
    /// Of the arguments of a request.
    pub(crate) fn of(args: &Args<'_>) -> ApiResult<Self> {
        let number = |name: &str| match args.filled(name) {
            None => Ok(None),
            Some(text) => text.parse::<i64>().map(Some).map_err(|_| ApiError::invalid(format!("{name} is invalid"))),
        };
        let limit = match number("limit")? {
            None => limits::PAGE_DEFAULT,
            Some(n) => usize::try_from(n)
                .ok()
                .filter(|n| (1..=limits::PAGE_MOST).contains(n))
                .ok_or_else(|| ApiError::invalid(format!("limit must be between 1 and {}", limits::PAGE_MOST)))?,
        };
        let offset = usize::try_from(number("offset")?.unwrap_or(0))
            .map_err(|_| ApiError::invalid("offset must not be negative"))?;
        let after = match args.filled("after") {
            None => None,
            Some(text) => Some(text.parse().map_err(|e| ApiError::invalid(format!("decoding after: {e}")))?),
        };
        let descending = match args.filled("descending").as_deref() {
            None => false,
            Some(text) => go_bool(text).ok_or_else(|| ApiError::invalid("descending is invalid"))?,
        };
        Ok(Self { limit, offset, after, descending })
    }

    /// The items to show.
    pub(crate) fn cut<T>(&self, mut items: Vec<T>, id: impl Fn(&T) -> Id) -> Vec<T> {
        if self.descending {
            items.reverse();
        }
        if let Some(after) = self.after {
            match items.iter().position(|item| id(item) == after) {
                Some(at) => drop(items.drain(..=at)),
                None if self.descending => items.retain(|item| id(item) < after),
                None => items.retain(|item| id(item) > after),
            }
        }
        items.into_iter().skip(self.offset).take(self.limit).collect()
    }

    /// The links of a list of `shown` items; `filters` are further arguments.
    pub(crate) fn links(&self, path: &str, filters: &[(&str, String)], shown: usize) -> PageLinks {
        let link = |offset: usize| {
            let mut all: Vec<(&str, String)> = filters.to_vec();
            all.push(("descending", self.descending.to_string()));
            all.push(("limit", self.limit.to_string()));
            all.push(("offset", offset.to_string()));
            if let Some(after) = self.after {
                all.push(("after", after.to_string()));
            }
            all.sort_by_key(|(name, _)| *name);
            let pairs: Vec<String> = all.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
            format!("{path}?{}", pairs.join("&"))
        };
        PageLinks {
            prev: (self.offset > 0).then(|| link(self.offset.saturating_sub(self.limit))),
            this: link(self.offset),
            next: (shown >= self.limit).then(|| link(self.offset + self.limit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::Id;

    use super::Page;
    use crate::args::Args;

    fn page(text: &str) -> Result<Page, String> {
        Page::of(&Args::from_text(text)).map_err(|e| e.message.into_owned())
    }

    #[test]
    fn bounds_are_told_in_influxdbs_words() {
        assert_eq!(page("limit=0").unwrap_err(), "limit must be between 1 and 100");
        assert_eq!(page("limit=101").unwrap_err(), "limit must be between 1 and 100");
        assert_eq!(page("limit=x").unwrap_err(), "limit is invalid");
        assert_eq!(page("after=zz").unwrap_err(), "decoding after: id must have a length of 16 bytes");
    }

    #[test]
    fn pages_are_cut_and_linked() {
        let ids: Vec<Id> = (1..=5).filter_map(Id::new).collect();
        let numbers = |text: &str| -> Vec<u64> {
            page(text).unwrap().cut(ids.clone(), |id| *id).into_iter().map(Id::get).collect()
        };
        assert_eq!(numbers("limit=2&offset=2"), [3, 4]);
        assert_eq!(numbers("limit=2&descending=true"), [5, 4]);
        assert_eq!(numbers("after=0000000000000004"), [5]);
        let links = page("limit=2&offset=2").unwrap().links("/x", &[("org", "a b".to_owned())], 2);
        assert_eq!(links.prev.unwrap(), "/x?descending=false&limit=2&offset=0&org=a+b");
        assert_eq!(links.this, "/x?descending=false&limit=2&offset=2&org=a+b");
        assert_eq!(links.next.unwrap(), "/x?descending=false&limit=2&offset=4&org=a+b");
    }
}
