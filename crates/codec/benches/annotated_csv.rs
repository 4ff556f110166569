//! Bytes a second of the annotated-CSV writer on one core: `cargo bench -p tidegauge-codec --bench annotated_csv`.
#![allow(clippy::print_stdout, reason = "a bench reports to the terminal")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use tidegauge_codec::annotated_csv::{Annotation, Dialect, Writer, read_annotated};
use tidegauge_codec::table::Event;

/// Each answer is written for this long.
const SPAN: Duration = Duration::from_secs(2);
const ROWS: usize = 100_000;

fn measure(name: &str, types: &str, row: impl Fn(usize) -> String) {
    let mut text = format!("#datatype,string,long,{types}\n#group,false,false,false,false,true,true\n");
    text.push_str("#default,_result,,,,,\n,result,table,_time,_value,_field,host\n");
    (0..ROWS).for_each(|i| text.push_str(&format!(",,0,{},usage,host{}\n", row(i), 17)));
    let tables = read_annotated(&text).tables;
    let annotations = vec![Annotation::Datatype, Annotation::Group, Annotation::Default];
    let (mut out, mut bytes, mut rows) = (Vec::new(), 0, 0);
    #[allow(clippy::disallowed_methods, reason = "a bench measures real time")]
    let begin = Instant::now();
    while begin.elapsed() < SPAN {
        out.clear();
        let mut writer = Writer::new(Dialect { annotations: annotations.clone(), ..Dialect::default() });
        writer.event(&Event::Result("_result".into()), &mut out);
        for table in &tables {
            writer.event(&Event::Table { schema: table.schema.clone(), key: table.key.clone() }, &mut out);
            writer.event(black_box(&Event::Rows(table.batch.clone())), &mut out);
            rows += table.batch.num_rows();
        }
        writer.finish(&mut out);
        bytes += black_box(&out).len();
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!("{name:<20} {:>7.0} MB/s {:>7.2} M rows/s", bytes as f64 / seconds / 1e6, rows as f64 / seconds / 1e6);
}

fn main() {
    let time =
        |i: usize| format!("2024-01-{:02}T{:02}:{:02}:{:02}Z", 1 + i / 86_400, i / 3_600 % 24, i / 60 % 60, i % 60);
    measure("short floats", "dateTime:RFC3339,double,string,string", |i| format!("{},{}.{}", time(i), i % 100, i % 10));
    measure("long floats", "dateTime:RFC3339,double,string,string", |i| format!("{},{}", time(i), (i as f64).sqrt()));
    measure("integers", "dateTime:RFC3339,long,string,string", |i| format!("{},{}", time(i), i * 7919));
    measure("texts", "dateTime:RFC3339,string,string,string", |i| format!("{},some text {}", time(i), i));
}
