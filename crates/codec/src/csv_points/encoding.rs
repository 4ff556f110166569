//! Inputs in other encodings than UTF-8.

use std::io::{self, BufRead, Read};

use encoding_rs::Encoding;

/// A name that is no encoding, or one that is not built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownEncoding {
    /// The registry of names does not have it.
    #[error(
        "ianaindex: invalid encoding name, see https://www.iana.org/assignments/character-sets/character-sets.xhtml"
    )]
    Name,
    /// It is a name, but this encoding cannot be read.
    #[error("unsupported encoding: {0}; convert the input with `iconv -f {0} -t UTF-8` first")]
    NotBuilt(String),
}

/// How bytes become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    /// They are text: nothing is changed, not even what is no UTF-8.
    Utf8,
    /// Each byte is the character of its number.
    Latin1,
    /// Bytes from 128 on mean nothing.
    Ascii,
    /// UTF-16 that says itself which byte comes first; the great one, if it does not.
    Utf16,
    Other(&'static Encoding),
}

/// Names that go their own way: the usual tables take them for Windows' relatives, or for what the Web means by them.
const OWN: &[(&str, Coding)] = &[
    ("", Coding::Utf8),
    ("utf-8", Coding::Utf8),
    ("csutf8", Coding::Utf8),
    ("iso-8859-1", Coding::Latin1),
    ("iso_8859-1", Coding::Latin1),
    ("iso_8859-1:1987", Coding::Latin1),
    ("iso-ir-100", Coding::Latin1),
    ("latin1", Coding::Latin1),
    ("l1", Coding::Latin1),
    ("ibm819", Coding::Latin1),
    ("cp819", Coding::Latin1),
    ("csisolatin1", Coding::Latin1),
    ("us-ascii", Coding::Ascii),
    ("ascii", Coding::Ascii),
    ("us", Coding::Ascii),
    ("iso646-us", Coding::Ascii),
    ("iso-ir-6", Coding::Ascii),
    ("ansi_x3.4-1968", Coding::Ascii),
    ("ansi_x3.4-1986", Coding::Ascii),
    ("ibm367", Coding::Ascii),
    ("cp367", Coding::Ascii),
    ("csascii", Coding::Ascii),
    ("utf-16", Coding::Utf16),
    ("csutf16", Coding::Utf16),
];

/// Names of encodings that no table here reads.
const NOT_BUILT: &[&str] =
    &["utf-7", "utf-32", "utf-32be", "utf-32le", "hz-gb-2312", "iso-2022-kr", "tis-620", "iso-8859-9"];

/// Starts of names of encodings that no table here reads: those of IBM's old machines.
const NOT_BUILT_STARTS: &[&str] = &["ibm", "cp0", "cp4", "cp7", "cp8", "ebcdic"];

impl Coding {
    fn named(name: &str) -> Result<Self, UnknownEncoding> {
        let small = name.to_ascii_lowercase();
        if let Some((_, coding)) = OWN.iter().find(|(own, _)| *own == small) {
            return Ok(*coding);
        }
        if let Some(encoding) = Encoding::for_label_no_replacement(name.as_bytes()) {
            return Ok(Self::Other(encoding));
        }
        let known = NOT_BUILT.contains(&small.as_str()) || NOT_BUILT_STARTS.iter().any(|s| small.starts_with(s));
        Err(if known { UnknownEncoding::NotBuilt(name.to_owned()) } else { UnknownEncoding::Name })
    }
}

/// Reads an input as UTF-8.
#[derive(Debug)]
pub struct Decoder<R> {
    input: R,
    state: State,
    /// Text that was decoded and not given away.
    text: Vec<u8>,
    given: usize,
}

#[derive(Debug)]
enum State {
    Utf8,
    Narrow {
        ascii: bool,
    },
    Wide {
        decoder: Box<encoding_rs::Decoder>,
        ended: bool,
    },
    /// The first bytes will say which UTF-16 it is.
    Undecided,
}

impl<R: BufRead> Decoder<R> {
    /// Reads `input`, which is in the encoding of this name of the registry.
    pub fn new(input: R, name: &str) -> Result<Self, UnknownEncoding> {
        let state = match Coding::named(name)? {
            Coding::Utf8 => State::Utf8,
            Coding::Latin1 => State::Narrow { ascii: false },
            Coding::Ascii => State::Narrow { ascii: true },
            Coding::Utf16 => State::Undecided,
            Coding::Other(encoding) => wide(encoding),
        };
        Ok(Self { input, state, text: Vec::new(), given: 0 })
    }

    /// Decodes what the input gives next; false at its end.
    fn fill(&mut self) -> io::Result<bool> {
        self.text.clear();
        self.given = 0;
        if matches!(self.state, State::Undecided) {
            let small_first = self.input.fill_buf()?.starts_with(&[0xff, 0xfe]);
            self.state = wide(if small_first { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE });
        }
        let bytes = self.input.fill_buf()?;
        let count = bytes.len();
        match &mut self.state {
            State::Utf8 | State::Undecided => self.text.extend_from_slice(bytes),
            State::Narrow { ascii } => {
                for &byte in bytes {
                    let c = if *ascii && byte >= 0x80 { char::REPLACEMENT_CHARACTER } else { char::from(byte) };
                    self.text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            State::Wide { ended: true, .. } => return Ok(false),
            State::Wide { decoder, ended } => {
                *ended = count == 0;
                let room = decoder.max_utf8_buffer_length(count).unwrap_or(count.saturating_mul(4)).max(16);
                self.text.resize(room, 0);
                let (_, _, written, _) = decoder.decode_to_utf8(bytes, &mut self.text, *ended);
                self.text.truncate(written);
            }
        }
        self.input.consume(count);
        Ok(count > 0 || !self.text.is_empty())
    }
}

fn wide(encoding: &'static Encoding) -> State {
    State::Wide { decoder: Box::new(encoding.new_decoder_with_bom_removal()), ended: false }
}

impl<R: BufRead> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self.state, State::Utf8) {
            return self.input.read(buffer);
        }
        while self.given >= self.text.len() {
            if !self.fill()? {
                return Ok(0);
            }
        }
        let left = self.text.get(self.given..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), left.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}
