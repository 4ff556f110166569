//! The sample data that is compiled in; `data/README.md` says what it is.

use anyhow::Result;
use engine::Precision;

/// A packed file of line protocol.
pub(super) struct Sample {
    pub(super) bucket: &'static str,
    pub(super) what: &'static str,
    pub(super) precision: Precision,
    packed: &'static [u8],
}

/// All samples.
pub(super) const SAMPLES: [Sample; 3] = [
    Sample {
        bucket: "COVID19",
        what: "weekly cases of 1,400 schools",
        precision: Precision::Nanoseconds,
        packed: include_bytes!("../../../../data/schools.lp.zst"),
    },
    Sample {
        bucket: "PoliceCases",
        what: "police incidents of 16 years, newest first, nearly each one a series of its own",
        precision: Precision::Seconds,
        packed: include_bytes!("../../../../data/incidents.lp.zst"),
    },
    Sample {
        bucket: "SocrateCodes",
        what: "crime codes, all of one instant",
        precision: Precision::Nanoseconds,
        packed: include_bytes!("../../../../data/codes.lp.zst"),
    },
];

impl Sample {
    /// The line protocol.
    pub(super) fn unpack(&self) -> Result<Vec<u8>> {
        Ok(zstd::decode_all(self.packed)?)
    }
}
