//! Bytes a second of the line-protocol reader on one core: `cargo bench -p tidegauge-codec --bench line_protocol`.
#![allow(clippy::print_stdout, reason = "a bench reports to the terminal")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use model::Precision;
use tidegauge_codec::line_protocol::{Limits, for_each_point};

/// Each body is read for this long.
const SPAN: Duration = Duration::from_secs(2);
const BODY_BYTES: usize = 16 << 20;

fn body(line: impl Fn(usize) -> String) -> Vec<u8> {
    let mut body = String::new();
    let mut i = 0;
    while body.len() < BODY_BYTES {
        body.push_str(&line(i));
        i += 1;
    }
    body.into_bytes()
}

fn measure(name: &str, body: &[u8]) {
    #[allow(clippy::disallowed_methods, reason = "a bench measures real time")]
    let begin = Instant::now();
    let (mut bytes, mut points, mut fields) = (0, 0, 0);
    while begin.elapsed() < SPAN {
        points += for_each_point(black_box(body), Precision::Nanoseconds, 0, &Limits::default(), |point, _| {
            fields += black_box(point).fields.len();
        })
        .unwrap_or_default();
        bytes += body.len();
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{name:<28} {:>7.0} MB/s {:>8.2} M points/s {:>8.2} M fields/s",
        bytes as f64 / seconds / 1e6,
        points as f64 / seconds / 1e6,
        fields as f64 / seconds / 1e6
    );
}

fn main() {
    measure(
        "10 tags, 10 integers",
        &body(|i| {
            format!(
                "cpu,hostname=host_{},region=eu-central-1,datacenter=eu-central-1a,rack=6,os=Ubuntu15.10,arch=x86,team=SF,\
             service=19,service_version=1,service_environment=test usage_user={}i,usage_system=2i,usage_idle=24i,\
             usage_nice=61i,usage_iowait=22i,usage_irq=63i,usage_softirq=6i,usage_steal=44i,usage_guest=80i,\
             usage_guest_nice=38i {}\n",
                i % 1000,
                i % 100,
                1_700_000_000_000_000_000 + i
            )
        }),
    );
    measure(
        "2 tags, 3 floats",
        &body(|i| {
            format!(
                "home,room=kitchen{},floor=2 temp={}.{},hum=35.9,co=0.25 {}\n",
                i % 50,
                i % 30,
                i % 10,
                1_700_000_000_000_000_000 + i
            )
        }),
    );
    measure(
        "1 tag, 1 float",
        &body(|i| format!("m,id={} v={}.5 {}\n", i % 999, i % 77, 1_700_000_000_000_000_000 + i)),
    );
    measure(
        "1 tag, long string",
        &body(|i| format!("log,host=a{} text=\"{}\" {}\n", i % 9, "a line of some service's log ".repeat(8), i)),
    );
    measure(
        "escapes (exact reader)",
        &body(|i| {
            format!("h2o_feet,location=santa\\ monica level\\ description=\"below 3 feet\",water={}.2 {}\n", i % 9, i)
        }),
    );
}
