//! Flags of `influxd` that `tide serve` does not honour: refused by name, never ignored.

/// A flag, and what to do instead.
const NOT_HONOURED: &[(&str, &str)] = &[
    ("--bolt-path", "the catalogue stands in the data folder: use --data-dir"),
    ("--engine-path", "the data stand in the data folder: use --data-dir"),
    ("--sqlite-path", "the catalogue stands in the data folder: use --data-dir"),
    ("--tls-cert", "put a proxy that speaks TLS in front"),
    ("--tls-key", "put a proxy that speaks TLS in front"),
    ("--reporting-disabled", "Tidegauge reports nothing to anybody: leave it out"),
    ("--store", "there is one store: leave it out"),
    ("--testing", "leave it out"),
    ("--e2e-testing", "leave it out"),
    ("--vault-addr", "secrets are not built"),
    ("--secret-store", "secrets are not built"),
    ("--feature-flags", "there are no feature flags"),
    ("--flux-log-enabled", "use --log-level debug"),
    ("--ui-disabled", "there is no page to disable beyond GET /"),
    ("--no-tasks", "tasks are not built: leave it out"),
    ("--nats-port", "there is no NATS inside: leave it out"),
    ("--nats-max-payload-bytes", "there is no NATS inside: leave it out"),
    ("--query-concurrency", "queries share one memory budget: use --memory-limit"),
    ("--query-queue-size", "queries share one memory budget: use --memory-limit"),
    ("--query-memory-bytes", "queries share one memory budget: use --memory-limit"),
    ("--query-max-memory-bytes", "queries share one memory budget: use --memory-limit"),
    ("--query-initial-memory-bytes", "queries share one memory budget: use --memory-limit"),
    ("--storage-cache-max-memory-size", "there is one memory budget: use --memory-limit"),
    ("--storage-cache-snapshot-memory-size", "there is one memory budget: use --memory-limit"),
    ("--storage-shard-precreator-advance-period", "there are no shards to make ahead: leave it out"),
    ("--storage-compact-full-write-cold-duration", "compaction decides by itself: leave it out"),
    ("--http-idle-timeout", "the limits of connections are fixed: leave it out"),
    ("--http-read-timeout", "the limits of connections are fixed: leave it out"),
    ("--http-write-timeout", "the limits of connections are fixed: leave it out"),
    ("--http-read-header-timeout", "the limits of connections are fixed: leave it out"),
    ("--hardening-enabled", "queries reach no network: leave it out"),
    ("--strong-passwords", "passwords have 8 to 72 characters: leave it out"),
    ("--use-hashed-tokens", "tokens are always kept hashed: leave it out"),
];

/// The message for the first such flag of a `serve` command line.
pub(crate) fn influxd_flag(mut arguments: impl Iterator<Item = String>) -> Option<String> {
    let _program = arguments.next();
    if arguments.next().as_deref() != Some("serve") {
        return None;
    }
    let hit = |argument: &str| {
        let name = argument.split('=').next().unwrap_or(argument);
        NOT_HONOURED.iter().find(|(flag, _)| *flag == name)
    };
    arguments.find_map(|a| hit(&a).map(|(flag, way)| format!("influxd's flag {flag} is not honoured by tide serve: {way}")))
}

#[test]
fn a_flag_of_influxd_is_refused_by_name() {
    let line = |words: &[&str]| influxd_flag(words.iter().map(|w| (*w).to_owned()));
    assert!(line(&["tide", "serve", "--bolt-path=/x"]).is_some_and(|m| m.contains("--bolt-path") && m.contains("--data-dir")));
    assert_eq!(line(&["tide", "serve", "--data-dir", "x"]), None);
    assert_eq!(line(&["tide", "query", "--store"]), None);
}
