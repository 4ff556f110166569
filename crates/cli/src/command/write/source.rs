//! Where the input of `tide write` comes from: headers, files, addresses, the standard input, the command line.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use codec::csv_points::{Decoder, SkipLines};

use crate::arguments::{Compression, WriteFormat, WriteInput};

/// A text that is read.
type Text = Box<dyn BufRead>;

/// Everything that is to be read.
pub(super) enum Input {
    /// Texts behind one another, each with an LF behind it.
    Texts { format: WriteFormat, text: Text },
    /// Files of a form that is no text.
    Files { format: WriteFormat, paths: Vec<PathBuf> },
}

/// What is gathered on the way.
struct Gathering<'a> {
    input: &'a WriteInput,
    format: Option<WriteFormat>,
    texts: Vec<Part>,
}

/// One text; lines may be left out at the start of one that does not stand on the command line.
struct Part {
    text: Text,
    spoken: bool,
}

impl Input {
    /// Opens everything, so that what is missing is told before anything is sent.
    pub(super) fn open(input: &WriteInput) -> Result<Self> {
        let (files, words) = files_and_words(input);
        if let Some(format) = columnar(input, &files)? {
            return Ok(Self::Files { format, paths: files });
        }
        // Refuses an unknown name before anything is opened.
        Decoder::new(std::io::empty(), &input.encoding)?;
        let mut gathering = Gathering { input, format: input.format, texts: Vec::new() };
        gathering.headers();
        for path in &files {
            gathering.file(path)?;
        }
        for address in &input.url {
            gathering.address(address)?;
        }
        gathering.words(&words)?;
        Ok(gathering.finish())
    }
}

/// The files, with one that is named by `@FILE`, and the words that are lines.
fn files_and_words(input: &WriteInput) -> (Vec<PathBuf>, Vec<String>) {
    let mut files = input.file.clone();
    if let Some(path) = input.lines.first().and_then(|word| word.strip_prefix('@')).filter(|path| !path.is_empty()) {
        files.push(path.into());
        return (files, Vec::new());
    }
    (files, input.lines.clone())
}

/// The format of files that are no text; none if the input is text.
fn columnar(input: &WriteInput, files: &[PathBuf]) -> Result<Option<WriteFormat>> {
    let by_name = |path: &PathBuf| match path.extension().and_then(|e| e.to_str()) {
        Some("parquet") => Some(WriteFormat::Parquet),
        Some("arrow" | "arrows" | "feather" | "ipc") => Some(WriteFormat::Arrow),
        _ => None,
    };
    let format = input.format.or_else(|| files.first().and_then(by_name));
    let Some(format @ (WriteFormat::Parquet | WriteFormat::Arrow)) = format else { return Ok(None) };
    if files.is_empty() || !input.url.is_empty() || !input.lines.iter().all(|w| w.starts_with('@')) {
        bail!("Parquet and Arrow are read from files: give --file");
    }
    if !input.header.is_empty() || input.skip_header > 0 {
        bail!("--header and --skipHeader are for text, not for Parquet and Arrow");
    }
    Ok(Some(format))
}

impl Gathering<'_> {
    fn push(&mut self, text: Text, spoken: bool) {
        self.texts.push(Part { text, spoken });
        self.texts.push(Part { text: Box::new(Cursor::new(b"\n")), spoken: true });
    }

    fn headers(&mut self) {
        for header in &self.input.header {
            self.push(Box::new(Cursor::new(header.clone().into_bytes())), true);
        }
        if !self.input.header.is_empty() {
            self.format = self.format.or(Some(WriteFormat::Csv));
        }
    }

    /// Adds an input that may be packed and in another encoding.
    fn packed(&mut self, text: Text, name: &str, gzip: bool, spoken: bool) -> Result<()> {
        let text = if gzip { unpacked(text, name)? } else { text };
        let text = match self.input.encoding.as_str() {
            "" | "UTF-8" => text,
            other => Box::new(BufReader::new(Decoder::new(text, other)?)),
        };
        self.push(text, spoken);
        Ok(())
    }

    /// Whether an input of this name is packed, and its name without what says so.
    fn is_packed<'a>(&self, name: &'a str) -> (bool, &'a str) {
        let bare = name.strip_suffix(".gz");
        match (self.input.compression, bare) {
            (Some(Compression::Gzip), bare) => (true, bare.unwrap_or(name)),
            (None, Some(bare)) => (true, bare),
            _ => (false, name),
        }
    }

    fn file(&mut self, path: &Path) -> Result<()> {
        if path.as_os_str() == "-" {
            return self.standard_input();
        }
        let name = path.to_string_lossy();
        let file = File::open(path).map_err(|e| anyhow!("failed to open {name:?}: open {name}: {}", reason(&e)))?;
        let (gzip, bare) = self.is_packed(&name);
        if bare.ends_with(".csv") {
            self.format = self.format.or(Some(WriteFormat::Csv));
        }
        self.packed(Box::new(BufReader::new(file)), &name, gzip, false)
    }

    fn address(&mut self, address: &str) -> Result<()> {
        let failed = |why: String| anyhow!("failed to open {address:?}: {why}");
        if !address.starts_with("http://") {
            return Err(failed(
                "only http:// is read; for others run `curl -fsS ADDRESS | tide write ... -`".to_owned(),
            ));
        }
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let response = agent.get(address).call().map_err(|e| failed(e.to_string()))?;
        if !response.status().is_success() {
            return Err(failed(format!("response status_code={}", response.status().as_u16())));
        }
        let path = address.split(['?', '#']).next().unwrap_or(address);
        let (gzip, bare) = self.is_packed(path);
        let kind = response.headers().get("Content-Type").and_then(|v| v.to_str().ok()).unwrap_or_default();
        if bare.ends_with(".csv") || kind.starts_with("text/csv") {
            self.format = self.format.or(Some(WriteFormat::Csv));
        }
        let body = BufReader::new(response.into_body().into_reader());
        self.packed(Box::new(body), address, gzip, false)
    }

    fn standard_input(&mut self) -> Result<()> {
        let gzip = self.input.compression == Some(Compression::Gzip);
        self.packed(Box::new(BufReader::new(std::io::stdin())), "stdin", gzip, false)
    }

    /// The lines of the command line; without any, the standard input if it is more than a terminal.
    fn words(&mut self, words: &[String]) -> Result<()> {
        let said: Vec<&str> = words.iter().map(String::as_str).filter(|w| *w != "-").collect();
        if !said.is_empty() {
            let gzip = self.input.compression == Some(Compression::Gzip);
            let text = Cursor::new(said.join("\n").into_bytes());
            let as_it_is = matches!(self.input.encoding.as_str(), "" | "UTF-8") && !gzip;
            self.packed(Box::new(text), "arg 0", gzip, as_it_is)?;
        }
        if said.len() < words.len() || words.is_empty() && !self.input.files_only && !is_terminal_or_nothing() {
            self.standard_input()?;
        }
        if self.texts.is_empty() && std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            bail!("nothing to write: give lines, --file, or the standard input");
        }
        Ok(())
    }

    fn finish(mut self) -> Input {
        if self.input.skip_header > 0
            && let Some(last) = self.texts.iter_mut().rev().find(|part| !part.spoken)
        {
            let text = std::mem::replace(&mut last.text, Box::new(std::io::empty()));
            last.text = Box::new(BufReader::new(SkipLines::new(text, self.input.skip_header)));
        }
        let empty: Text = Box::new(std::io::empty());
        let text = self.texts.into_iter().fold(empty, |before, part| Box::new(before.chain(part.text)));
        Input::Texts { format: self.format.unwrap_or(WriteFormat::Lp), text }
    }
}

/// A packed input, unpacked; one that is not packed is told at once.
fn unpacked(mut text: Text, name: &str) -> Result<Text> {
    let start = text.fill_buf().with_context(|| format!("failed to read {name}"))?;
    match start {
        [] => bail!("failed to decompress {name}: EOF"),
        [0x1f, 0x8b, ..] | [0x1f] => Ok(Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(text)))),
        _ => bail!("failed to decompress {name}: gzip: invalid header"),
    }
}

/// Whether the standard input is a terminal, or a device such as `/dev/null` that gives nothing.
fn is_terminal_or_nothing() -> bool {
    let input = std::io::stdin();
    let Ok(owned) = input.as_fd().try_clone_to_owned() else { return true };
    File::from(owned).metadata().is_ok_and(|m| m.file_type().is_char_device())
}

/// An error of the system without its number, in the words of `influx`.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
