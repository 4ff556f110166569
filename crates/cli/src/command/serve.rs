//! `tide serve`.

use std::io::{ErrorKind, IsTerminal as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use engine::{Engine, EngineOptions};
use server::ServerOptions;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use super::size::{bytes, nanoseconds};
use crate::arguments::{LogFormat, Serve};
use crate::local::runtime;
use crate::print::say;
use crate::refused;

/// Smallest default of the memory budget.
const LEAST_MEMORY_BYTES: usize = 128 << 20;

/// How long requests that run may go on after the order to stop: with closing the folder it is less than the five seconds
/// after which a service manager may lose patience.
const DRAIN: Duration = Duration::from_secs(4);

/// The flags as a configuration file has them.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    http_bind_address: Option<String>,
    data_dir: Option<PathBuf>,
    memory_limit: Option<String>,
    storage_wal_fsync_delay: Option<String>,
    storage_retention_check_interval: Option<String>,
    session_length: Option<u64>,
    log_level: Option<String>,
    log_format: Option<LogFormat>,
}

pub(super) fn run(arguments: Serve) -> Result<()> {
    if let Some(message) = refused::in_environment(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))
    {
        bail!("{message}");
    }
    let arguments = with_file(arguments)?;
    let level = arguments.log_level.clone().unwrap_or_else(|| "info".to_owned());
    if !["debug", "info", "warn", "error"].contains(&level.as_str()) {
        bail!("--log-level {level:?}: use debug, info, warn or error");
    }
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(&level)).with_writer(std::io::stderr);
    match arguments.log_format {
        Some(LogFormat::Json) => log.json().flatten_event(true).with_ansi(false).init(),
        Some(LogFormat::Text) | None => log.with_ansi(colours).init(),
    }
    log_panics();
    let options = options(&arguments)?;
    runtime()?.block_on(serve(&arguments, options))
}

/// What the flags leave open comes from the file.
fn with_file(arguments: Serve) -> Result<Serve> {
    let Some(path) = &arguments.config else { return Ok(arguments) };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let keys: toml::Table = toml::from_str(&text).with_context(|| format!("{} is no TOML", path.display()))?;
    if let Some(message) = keys.keys().find_map(|key| refused::in_file(key)) {
        bail!("{}: {message}", path.display());
    }
    let file: File =
        toml::from_str(&text).with_context(|| format!("{} is no configuration of tide", path.display()))?;
    Ok(Serve {
        http_bind_address: arguments.http_bind_address.or(file.http_bind_address),
        data_dir: arguments.data_dir.or(file.data_dir),
        memory_limit: arguments.memory_limit.or(file.memory_limit),
        storage_wal_fsync_delay: arguments.storage_wal_fsync_delay.or(file.storage_wal_fsync_delay),
        storage_retention_check_interval: arguments
            .storage_retention_check_interval
            .or(file.storage_retention_check_interval),
        session_length: arguments.session_length.or(file.session_length),
        log_level: arguments.log_level.or(file.log_level),
        log_format: arguments.log_format.or(file.log_format),
        config: arguments.config,
    })
}

fn options(arguments: &Serve) -> Result<EngineOptions> {
    let data_dir = match (&arguments.data_dir, std::env::var_os("HOME")) {
        (Some(folder), _) => folder.clone(),
        (None, Some(home)) => Path::new(&home).join(".tidegauge"),
        (None, None) => bail!("no data folder: give --data-dir"),
    };
    let mut options = EngineOptions::new(data_dir);
    options.memory_limit_bytes = match &arguments.memory_limit {
        Some(text) => bytes(text).context("--memory-limit")?,
        None => (machine_memory_bytes().unwrap_or(0) / 4).max(LEAST_MEMORY_BYTES),
    };
    let duration = |text: &str, flag: &'static str| -> Result<Duration> {
        Ok(Duration::from_nanos(u64::try_from(nanoseconds(text).context(flag)?)?))
    };
    if let Some(text) = &arguments.storage_wal_fsync_delay {
        options.wal_fsync_delay = duration(text, "--storage-wal-fsync-delay")?;
    }
    if let Some(text) = &arguments.storage_retention_check_interval {
        options.retention_check_interval = duration(text, "--storage-retention-check-interval")?;
    }
    if let Some(minutes) = arguments.session_length {
        options.session_length = Duration::from_secs(minutes.saturating_mul(60));
    }
    Ok(options)
}

/// The machine's memory, where the system tells.
fn machine_memory_bytes() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kilobytes = text.lines().find_map(|l| l.strip_prefix("MemTotal:"))?.trim().trim_end_matches("kB").trim();
    kilobytes.parse::<usize>().ok()?.checked_mul(1_024)
}

async fn serve(arguments: &Serve, options: EngineOptions) -> Result<()> {
    let address = arguments.http_bind_address.clone().unwrap_or_else(|| ":8086".to_owned());
    let listener = listen(&address).await?;
    let (folder, memory) = (options.data_dir.clone(), options.memory_limit_bytes);
    let opened = Engine::open(options).await;
    let engine = opened.with_context(|| format!("cannot open the data folder {}", folder.display()))?;
    let url = url(listener.local_addr()?);
    // From here on an order to stop is heard, so that whoever reads the first line may give one.
    let stopped = stopped()?;
    tracing::info!(address = %url, data_dir = %folder.display(), memory_bytes = memory, "serving");
    say(format_args!("tide {} listens on {url}", env!("CARGO_PKG_VERSION")))?;
    say(format_args!("data folder {}, memory budget {} MiB", folder.display(), memory >> 20))?;
    if engine.is_onboarded() {
        say(format_args!("try: curl {url}/health"))?;
    } else {
        say(format_args!("try: tide setup --host {url} -u me -p a-good-password -o home -b sensors"))?;
    }
    let config = config(&address, &folder);
    let served = ServerOptions { config, drain: DRAIN, ..ServerOptions::default() };
    let served = server::serve(engine.clone(), served, listener, stopped).await;
    engine.close().await?;
    tracing::info!("closed");
    Ok(served?)
}

/// What `GET /api/v2/config` tells an operator: where things are, also under the names that influxd gives them.
fn config(address: &str, folder: &Path) -> Vec<(String, String)> {
    let path = |name: &str| folder.join(name).display().to_string();
    [
        ("bolt-path", path("catalog.redb")),
        ("data-dir", folder.display().to_string()),
        ("engine-path", path("data")),
        ("http-bind-address", address.to_owned()),
    ]
    .map(|(flag, value)| (flag.to_owned(), value))
    .into()
}

/// Listens on an address; on all interfaces, both kinds if the machine has both, if only a port is given.
async fn listen(address: &str) -> Result<TcpListener> {
    let bound = match address.strip_prefix(':') {
        None => TcpListener::bind(address).await,
        Some(port) => match TcpListener::bind(format!("[::]:{port}")).await {
            Err(e) if e.kind() != ErrorKind::AddrInUse => TcpListener::bind(format!("0.0.0.0:{port}")).await,
            bound => bound,
        },
    };
    bound.map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "{address} is in use: stop what listens there (InfluxDB itself?), or choose another with --http-bind-address"
        ),
        ErrorKind::InvalidInput => anyhow!("--http-bind-address {address:?}: {e}; write HOST:PORT, or :PORT for all interfaces"),
        _ => anyhow!("cannot listen on {address}: {e}"),
    })
}

/// How this machine reaches a server that listens there.
fn url(bound: SocketAddr) -> String {
    if bound.ip().is_unspecified() { format!("http://localhost:{}", bound.port()) } else { format!("http://{bound}") }
}

/// A panic goes to the log, not to a terminal: requests answer 500 and everything else goes on.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}

/// Ready when the process is asked to stop: SIGTERM or SIGINT, which are heard from now on.
fn stopped() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    })
}
