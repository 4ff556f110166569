//! Identifiers of organisations, buckets, users and authorizations.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A 64-bit identifier, written as 16 lower-case hexadecimal digits and never zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u64);

/// Why a text is not an [`Id`], in InfluxDB's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is not 16 bytes long.
    #[error("id must have a length of 16 bytes")]
    Length,
    /// The text is not hexadecimal, or it is zero.
    #[error("invalid ID")]
    Invalid,
}

impl Id {
    /// Makes an identifier of a number; zero is not one.
    pub fn new(value: u64) -> Option<Self> {
        (value != 0).then_some(Self(value))
    }

    /// The number behind the digits.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() != 16 {
            return Err(IdError::Length);
        }
        if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(IdError::Invalid);
        }
        u64::from_str_radix(text, 16).ok().and_then(Self::new).ok_or(IdError::Invalid)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
