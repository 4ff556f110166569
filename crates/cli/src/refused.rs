//! What `influxd` takes and `tide serve` does not honour: refused by name, never ignored.

/// A flag without its dashes, and what to do instead.
const NOT_HONOURED: &[(&str, &str)] = &[
    ("assets-path", "the page is part of the program: leave it out"),
    ("bolt-path", CATALOGUE),
    ("e2e-testing", TESTING),
    ("engine-path", "the data stand in the data folder: use --data-dir"),
    ("feature-flags", "there are no feature flags: leave it out"),
    ("flux-log-enabled", "use --log-level debug"),
    ("hardening-enabled", "queries reach no network: leave it out"),
    ("http-idle-timeout", CONNECTIONS),
    ("http-read-header-timeout", CONNECTIONS),
    ("http-read-timeout", CONNECTIONS),
    ("http-write-timeout", CONNECTIONS),
    ("influxql-max-select-buckets", INFLUXQL),
    ("influxql-max-select-point", INFLUXQL),
    ("influxql-max-select-series", INFLUXQL),
    ("instance-id", "replication is not built: leave it out"),
    ("metrics-disabled", "GET /metrics is always there: leave it out, or close it in a proxy"),
    ("no-tasks", "tasks are not built: leave it out"),
    ("nats-max-payload-bytes", NATS),
    ("nats-port", NATS),
    ("overwrite-pid-file", PID),
    ("pid-file", PID),
    ("pprof-disabled", "there is no profiler to disable: leave it out"),
    ("query-concurrency", MEMORY),
    ("query-initial-memory-bytes", MEMORY),
    ("query-max-memory-bytes", MEMORY),
    ("query-memory-bytes", MEMORY),
    ("query-queue-size", "the queue of queries is fixed: leave it out"),
    ("reporting-disabled", "Tidegauge reports nothing to anybody: leave it out"),
    ("secret-store", VAULT),
    ("session-renew-disabled", "sessions are always renewed by use: leave it out"),
    ("sqlite-path", CATALOGUE),
    ("storage-cache-max-memory-size", MEMORY),
    ("storage-cache-snapshot-memory-size", MEMORY),
    ("storage-cache-snapshot-write-cold-duration", COMPACTION),
    ("storage-compact-full-write-cold-duration", COMPACTION),
    ("storage-compact-throughput-burst", COMPACTION),
    ("storage-max-concurrent-compactions", COMPACTION),
    ("storage-max-index-log-file-size", TSM),
    ("storage-no-validate-field-size", "the size of fields is always checked: leave it out"),
    ("storage-series-file-max-concurrent-snapshot-compactions", TSM),
    ("storage-series-id-set-cache-size", TSM),
    ("storage-shard-precreator-advance-period", SHARDS),
    ("storage-shard-precreator-check-interval", SHARDS),
    ("storage-tsm-use-madv-willneed", TSM),
    ("storage-validate-keys", "keys are always checked: leave it out"),
    ("storage-wal-max-concurrent-writes", WRITES),
    ("storage-wal-max-write-delay", WRITES),
    ("storage-write-timeout", WRITES),
    ("store", "there is one store: leave it out"),
    ("strong-passwords", "passwords have 8 to 72 characters: leave it out"),
    ("template-file-urls-disabled", "templates are not built: leave it out"),
    ("testing", TESTING),
    ("testing-always-allow-setup", TESTING),
    ("tls-cert", TLS),
    ("tls-key", TLS),
    ("tls-min-version", TLS),
    ("tls-strict-ciphers", TLS),
    ("tracing-type", "tracing is not built: leave it out"),
    ("ui-disabled", "there is no page to disable beyond GET /: leave it out"),
    ("use-hashed-tokens", "tokens are always kept hashed: leave it out"),
    ("vault-addr", VAULT),
    ("vault-cacert", VAULT),
    ("vault-capath", VAULT),
    ("vault-client-cert", VAULT),
    ("vault-client-key", VAULT),
    ("vault-client-timeout", VAULT),
    ("vault-max-retries", VAULT),
    ("vault-skip-verify", VAULT),
    ("vault-tls-server-name", VAULT),
    ("vault-token", VAULT),
];

const CATALOGUE: &str = "the catalogue stands in the data folder: use --data-dir";
const COMPACTION: &str = "compaction decides by itself: leave it out";
const CONNECTIONS: &str = "the limits of connections are fixed: leave it out";
const INFLUXQL: &str = "InfluxQL is not built: leave it out";
const MEMORY: &str = "there is one memory budget for all: use --memory-limit";
const NATS: &str = "there is no NATS inside: leave it out";
const PID: &str = "no file of the process number is written: let the service manager keep it";
const SHARDS: &str = "there are no shards to make ahead: leave it out";
const TESTING: &str = "it is for InfluxDB's own tests: leave it out";
const TLS: &str = "put a proxy that speaks TLS in front";
const TSM: &str = "it belongs to InfluxDB's file format: leave it out";
const VAULT: &str = "secrets are not built: leave it out";
const WRITES: &str = "writes are bounded by --memory-limit: leave it out";

/// The message for the first such flag of a `serve` command line.
pub(crate) fn in_command_line(mut arguments: impl Iterator<Item = String>) -> Option<String> {
    let _program = arguments.next();
    if arguments.next().as_deref() != Some("serve") {
        return None;
    }
    arguments.find_map(|argument| {
        let name = argument.strip_prefix("--")?.split('=').next()?.to_owned();
        way_out(&name).map(|way| format!("influxd's flag --{name} is not honoured by tide serve: {way}"))
    })
}

/// The message for the first such variable of the environment (`INFLUXD_BOLT_PATH`).
pub(crate) fn in_environment(variables: impl Iterator<Item = String>) -> Option<String> {
    let mut found: Vec<String> = variables
        .filter_map(|variable| {
            let name = variable.strip_prefix("INFLUXD_")?.to_ascii_lowercase().replace('_', "-");
            way_out(&name).map(|way| format!("influxd's variable {variable} is not honoured by tide serve: {way}"))
        })
        .collect();
    found.sort();
    found.into_iter().next()
}

/// The message for a key of the configuration file.
pub(crate) fn in_file(key: &str) -> Option<String> {
    way_out(key).map(|way| format!("influxd's key {key} is not honoured by tide serve: {way}"))
}

fn way_out(name: &str) -> Option<&'static str> {
    NOT_HONOURED.iter().find(|(flag, _)| *flag == name).map(|(_, way)| *way)
}

#[test]
fn what_is_influxd_s_alone_is_refused_by_name() {
    let line = |words: &[&str]| in_command_line(words.iter().map(|w| (*w).to_owned()));
    let told = line(&["tide", "serve", "--bolt-path=/x"]).unwrap_or_default();
    assert!(told.contains("--bolt-path") && told.contains("--data-dir"), "{told}");
    assert_eq!(line(&["tide", "serve", "--data-dir", "x"]), None);
    assert_eq!(line(&["tide", "query", "--store"]), None);
    let environment = |names: &[&str]| in_environment(names.iter().map(|n| (*n).to_owned()));
    assert!(environment(&["HOME", "INFLUXD_TLS_CERT"]).is_some_and(|m| m.contains("INFLUXD_TLS_CERT")));
    assert_eq!(environment(&["INFLUXD_LOG_LEVEL", "INFLUXD_HTTP_BIND_ADDRESS"]), None);
    assert!(in_file("engine-path").is_some() && in_file("data-dir").is_none());
}
