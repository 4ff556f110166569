//! `tide inspect`: what is in a data folder.

use anyhow::Result;
use engine::{BucketInspection, MeasurementInspection, PartitionInspection};
use serde_json::{Value, json};

use super::size::readable;
use crate::arguments::Inspect;
use crate::local::Local;
use crate::print::{print_list, say};

const MEASUREMENTS: &[(&str, &str)] = &[
    ("Bucket", "bucket"),
    ("Measurement", "measurement"),
    ("Series", "series"),
    ("Rows", "rows"),
    ("In memory", "memoryRows"),
    ("Partitions", "partitionCount"),
    ("Size", "size"),
    ("Tags", "tagText"),
    ("Fields", "fieldText"),
];
const PARTITIONS: &[(&str, &str)] = &[
    ("Bucket", "bucket"),
    ("Measurement", "measurement"),
    ("First", "first"),
    ("Last", "last"),
    ("Rows", "rows"),
    ("Row groups", "rowGroups"),
    ("Size", "size"),
    ("Index", "indexText"),
    ("File", "path"),
];

pub(super) fn run(arguments: &Inspect) -> Result<()> {
    let local = Local::open(&arguments.data_dir, true)?;
    let found = look(&local, arguments);
    local.close()?;
    let all = found?;
    if arguments.connection.json {
        return Ok(say(serde_json::to_string_pretty(&all)?)?);
    }
    let measurements: Vec<Value> = nested(&all, "measurements");
    if arguments.partitions {
        return print_list(&arguments.connection, &nested(&measurements, "partitions"), PARTITIONS);
    }
    for bucket in &all {
        let text = |key: &str| bucket[key].as_str().unwrap_or_default().to_owned();
        say(format_args!(
            "bucket {} ({}) of {}: {} in {} partitions, {} in memory, {} deletes pending",
            text("bucket"),
            text("id"),
            text("org"),
            text("size"),
            bucket["partitionCount"],
            text("memorySize"),
            bucket["pendingDeletes"]
        ))?;
    }
    print_list(&arguments.connection, &measurements, MEASUREMENTS)
}

/// The objects of an array inside of each object.
fn nested(objects: &[Value], key: &str) -> Vec<Value> {
    objects.iter().filter_map(|o| o[key].as_array()).flatten().cloned().collect()
}

/// Every bucket as an object.
fn look(local: &Local, arguments: &Inspect) -> Result<Vec<Value>> {
    let only = match &arguments.bucket {
        Some(name) => Some(local.bucket(local.org(&arguments.org)?, Some(name), None)?.id),
        None => None,
    };
    let inspected = local.runtime.block_on(local.engine.inspect(only))?;
    Ok(inspected.iter().map(|inspection| bucket(local, inspection)).collect())
}

fn bucket(local: &Local, inspection: &BucketInspection) -> Value {
    let known = local.engine.bucket(inspection.bucket).ok();
    let name = known.as_ref().map_or_else(|| inspection.bucket.to_string(), |b| b.name.clone());
    let org = known.and_then(|b| local.engine.organization(b.org_id).ok()).map(|o| o.name).unwrap_or_default();
    let measurements: Vec<Value> = inspection.measurements.iter().map(|m| measurement(&name, m)).collect();
    let partitions = || inspection.measurements.iter().flat_map(|m| &m.partitions);
    let bytes: u64 = partitions().map(|p| p.bytes).sum();
    json!({
        "id": inspection.bucket.to_string(), "bucket": name, "org": org, "manifest": inspection.manifest,
        "retentionSeconds": inspection.retention_ns / 1_000_000_000, "pendingDeletes": inspection.pending_deletes,
        "memoryBytes": inspection.memory_bytes, "memorySize": readable(inspection.memory_bytes as u64),
        "bytes": bytes, "size": readable(bytes), "partitionCount": partitions().count(), "measurements": measurements,
    })
}

fn measurement(bucket: &str, inspection: &MeasurementInspection) -> Value {
    let bytes: u64 = inspection.partitions.iter().map(|p| p.bytes).sum();
    let fields: Vec<String> = inspection.fields.iter().map(|(name, kind)| format!("{name}:{}", kind.name())).collect();
    let partitions: Vec<Value> = inspection.partitions.iter().map(|p| partition(bucket, &inspection.name, p)).collect();
    json!({
        "bucket": bucket, "measurement": inspection.name.as_ref(), "series": inspection.series,
        "rows": inspection.rows, "memoryRows": inspection.memory_rows, "tags": inspection.tag_keys,
        "tagText": inspection.tag_keys.join(" "), "fields": fields, "fieldText": fields.join(" "),
        "bytes": bytes, "size": readable(bytes), "partitionCount": partitions.len(), "partitions": partitions,
    })
}

fn partition(bucket: &str, measurement: &str, inspection: &PartitionInspection) -> Value {
    let index = &inspection.index;
    let listed: Vec<String> = index.listed.iter().map(|(tag, count)| format!("{tag}:{count}")).collect();
    let unlisted: Vec<String> = index.unlisted.iter().map(|tag| format!("{tag}:many")).collect();
    let values = [listed, unlisted].concat().join(" ");
    json!({
        "bucket": bucket, "measurement": measurement, "path": inspection.path.display().to_string(),
        "first": codec::rfc3339::text(inspection.first_ns), "last": codec::rfc3339::text(inspection.last_ns),
        "rows": inspection.rows, "rowGroups": inspection.row_groups, "bytes": inspection.bytes,
        "size": readable(inspection.bytes), "pendingDeletes": inspection.has_pending_deletes,
        "indexBytes": index.bytes, "tagSets": index.tag_sets,
        "indexText": format!("{}, {} tag sets {values}", readable(index.bytes), index.tag_sets).trim_end(),
    })
}
