//! Counters of this process in the text form that Prometheus reads.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets of durations, in seconds.
const BOUNDS: [f64; 10] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 10.0];

/// A histogram of durations.
#[derive(Debug, Default)]
struct Durations {
    counts: [AtomicU64; BOUNDS.len()],
    all: AtomicU64,
    micros: AtomicU64,
}

impl Durations {
    fn add(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        if let Some(count) = BOUNDS.iter().position(|b| seconds <= *b).and_then(|at| self.counts.get(at)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.all.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn write(&self, out: &mut String, name: &str, help: &str) {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} histogram");
        let mut sum = 0;
        for (bound, count) in BOUNDS.iter().zip(&self.counts) {
            sum += count.load(Ordering::Relaxed);
            let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {sum}");
        }
        let all = self.all.load(Ordering::Relaxed);
        let seconds = Duration::from_micros(self.micros.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(out, "{name}_bucket{{le=\"+Inf\"}} {all}\n{name}_sum {seconds}\n{name}_count {all}");
    }
}

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Answers by the first digit of their status, 1 to 5.
    answers: [AtomicU64; 6],
    writes: Durations,
    queries: Durations,
    /// Points acknowledged.
    pub(crate) points: AtomicU64,
    /// Unpacked bytes of write bodies.
    pub(crate) write_bytes: AtomicU64,
    /// Bytes of answers to queries, before packing.
    pub(crate) answer_bytes: AtomicU64,
    /// Queries that run now.
    pub(crate) running_queries: AtomicU64,
    /// Connections that are open.
    pub(crate) connections: AtomicU64,
    /// Panics that were caught.
    pub(crate) panics: AtomicU64,
}

impl Metrics {
    /// An answer went out.
    pub(crate) fn answered(&self, status: u16) {
        if let Some(count) = self.answers.get(usize::from(status / 100)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A write was answered.
    pub(crate) fn wrote(&self, points: usize, bytes: usize, took: Duration) {
        self.points.fetch_add(points as u64, Ordering::Relaxed);
        self.write_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.writes.add(took);
    }

    /// A query ended.
    pub(crate) fn queried(&self, bytes: usize, took: Duration) {
        self.answer_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.queries.add(took);
    }

    /// All of it as text.
    pub(crate) fn render(&self, up: Duration) -> String {
        let mut out = String::with_capacity(4096);
        let load = |n: &AtomicU64| n.load(Ordering::Relaxed);
        let _ = writeln!(
            out,
            "# HELP tidegauge_info The version that runs.\n# TYPE tidegauge_info gauge\n\
             tidegauge_info{{version=\"{}\"}} 1",
            crate::headers::TIDEGAUGE_VERSION
        );
        let _ = writeln!(
            out,
            "# HELP tidegauge_uptime_seconds Seconds since the start.\n# TYPE tidegauge_uptime_seconds gauge\n\
             tidegauge_uptime_seconds {}",
            up.as_secs_f64()
        );
        let name = "tidegauge_http_answers_total";
        let _ = writeln!(out, "# HELP {name} Answers by class of status.\n# TYPE {name} counter");
        for (class, count) in self.answers.iter().enumerate().skip(2) {
            let _ = writeln!(out, "{name}{{status=\"{class}xx\"}} {}", load(count));
        }
        self.writes.write(&mut out, "tidegauge_write_seconds", "How long writes took until they were durable.");
        self.queries.write(&mut out, "tidegauge_query_seconds", "How long queries took to their last byte.");
        for (name, kind, help, value) in [
            ("tidegauge_written_points_total", "counter", "Points acknowledged.", &self.points),
            ("tidegauge_write_bytes_total", "counter", "Unpacked bytes of write bodies.", &self.write_bytes),
            ("tidegauge_query_answer_bytes_total", "counter", "Bytes of answers to queries.", &self.answer_bytes),
            ("tidegauge_running_queries", "gauge", "Queries that run now.", &self.running_queries),
            ("tidegauge_http_connections", "gauge", "Connections that are open.", &self.connections),
            ("tidegauge_panics_total", "counter", "Panics that were caught and answered with 500.", &self.panics),
        ] {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {}", load(value));
        }
        out
    }
}

/// Appends the memory budget: all there is, and what each holder has of it.
pub(crate) fn memory(out: &mut String, limit: usize, held: &[(&'static str, usize)]) {
    let name = "tidegauge_memory_limit_bytes";
    let _ = writeln!(out, "# HELP {name} The memory budget.\n# TYPE {name} gauge\n{name} {limit}");
    let name = "tidegauge_memory_held_bytes";
    let _ = writeln!(out, "# HELP {name} What is held of the memory budget now.\n# TYPE {name} gauge");
    for (holder, bytes) in held {
        let _ = writeln!(out, "{name}{{holder=\"{holder}\"}} {bytes}");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Metrics, memory};

    #[test]
    fn histograms_count_upwards() {
        let metrics = Metrics::default();
        metrics.wrote(3, 100, Duration::from_micros(300));
        metrics.wrote(1, 10, Duration::from_secs(60));
        metrics.answered(204);
        let text = metrics.render(Duration::from_secs(1));
        assert!(text.contains("tidegauge_write_seconds_bucket{le=\"0.0005\"} 1\n"), "{text}");
        assert!(text.contains("tidegauge_write_seconds_bucket{le=\"10\"} 1\n"), "{text}");
        assert!(text.contains("tidegauge_write_seconds_bucket{le=\"+Inf\"} 2\n"), "{text}");
        assert!(text.contains("tidegauge_written_points_total 4\n"), "{text}");
        assert!(text.contains("tidegauge_http_answers_total{status=\"2xx\"} 1\n"), "{text}");
    }

    #[test]
    fn memory_is_told_by_holder() {
        let mut text = String::new();
        memory(&mut text, 512, &[("memtables", 100), ("queries", 0)]);
        let told = ["_limit_bytes 512\n", "_held_bytes{holder=\"memtables\"} 100\n", "{holder=\"queries\"} 0\n"];
        assert!(told.iter().all(|line| text.contains(line)), "{text}");
    }
}
