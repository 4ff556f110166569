#!/usr/bin/env python3
"""The official Python client against a server: every way to write and to ask, management, health. Exit status 1 when one fails.

Reads INFLUXDB_V2_URL, INFLUXDB_V2_TOKEN, INFLUXDB_V2_ORG and TIDE_BUCKET.
"""
import datetime as dt
import os
import sys
import traceback
import warnings

import influxdb_client
from influxdb_client import BucketRetentionRules, InfluxDBClient, Permission, PermissionResource, Point, WriteOptions, WritePrecision
from influxdb_client.client.write_api import ASYNCHRONOUS, SYNCHRONOUS
from influxdb_client.rest import ApiException

URL, TOKEN, ORG, BUCKET = (os.environ[k] for k in ("INFLUXDB_V2_URL", "INFLUXDB_V2_TOKEN", "INFLUXDB_V2_ORG", "TIDE_BUCKET"))
START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
CASES = []


def case(function):
    CASES.append(function)
    return function


def at(seconds):
    return START + dt.timedelta(seconds=seconds)


def read(measurement, more=""):
    return (f'from(bucket: "{BUCKET}") |> range(start: 2023-12-01T00:00:00Z, stop: 2024-12-01T00:00:00Z)'
            f' |> filter(fn: (r) => r._measurement == "{measurement}"){more}')


def values(client, measurement, more=""):
    return [r.get_value() for t in client.query_api().query(read(measurement, more)) for r in t.records]


def equal(got, want):
    assert got == want, f"{got!r}, wanted {want!r}"


def refused(status, call):
    try:
        call()
    except ApiException as e:
        equal(e.status, status)
        return e
    raise AssertionError(f"not refused with {status}")


@case
def health_ready_ping_version(client):
    health = client.health()
    equal((health.name, health.status), ("influxdb", "pass"))
    equal(client.ready().status, "ready")
    assert client.ping()
    assert client.version().lstrip("v").startswith("2."), client.version()
    equal(client.build() if hasattr(client, "build") else "OSS", "OSS")


@case
def write_synchronous(client):
    with client.write_api(write_options=SYNCHRONOUS) as api:
        api.write(BUCKET, ORG, Point("sync").tag("how", "point").field("v", 1).time(at(1)))
        api.write(bucket=BUCKET, record="sync,how=line v=2i 1704067202000000000")
        api.write(bucket=BUCKET, record=[Point("sync").tag("how", "list").field("v", n).time(at(n)) for n in (3, 4)])
        api.write(bucket=BUCKET, record={"measurement": "sync", "tags": {"how": "dict"}, "fields": {"v": 5}, "time": at(5)})
        api.write(bucket=BUCKET, record="sync,how=seconds v=6i 1704067206", write_precision=WritePrecision.S)
        api.write(bucket=BUCKET, record=b"sync,how=bytes v=7i 1704067207000000000")
    equal(sorted(values(client, "sync")), [1, 2, 3, 4, 5, 6, 7])


@case
def write_types(client):
    fields = {"f": 1.5, "i": -7, "b": True, "s": 'a "text", with = and \\ and\na line end'}
    point = Point("types").tag("a tag", "with, comma=and space").time(at(0))
    for name, value in fields.items():
        point = point.field(name, value)
    client.write_api(write_options=SYNCHRONOUS).write(BUCKET, ORG, point)
    records = [r for t in client.query_api().query(read("types")) for r in t.records]
    # A line end inside of a cell is CRLF in an answer: InfluxDB writes CSV so.
    equal({r.get_field(): r.get_value() for r in records}, {k: v.replace("\n", "\r\n") if k == "s" else v for k, v in fields.items()})
    equal({r["a tag"] for r in records}, {"with, comma=and space"})
    equal({r.get_time() for r in records}, {at(0)})


@case
def write_asynchronous(client):
    api = client.write_api(write_options=ASYNCHRONOUS)
    results = [api.write(BUCKET, ORG, Point("async").field("v", n).time(at(n))) for n in range(20)]
    for result in results:
        result.get()
    equal(values(client, "async"), list(range(20)))


@case
def write_batching(client):
    failed = []
    options = WriteOptions(batch_size=500, flush_interval=200, jitter_interval=0, retry_interval=1000)
    with client.write_api(write_options=options, error_callback=lambda conf, data, error: failed.append(error)) as api:
        for n in range(2_345):
            api.write(BUCKET, ORG, Point("batch").tag("even", str(n % 2 == 0)).field("v", n).time(at(n)))
    equal(failed, [])
    equal(sorted(values(client, "batch")), list(range(2_345)))


@case
def write_gzip(client):
    with InfluxDBClient(url=URL, token=TOKEN, org=ORG, enable_gzip=True) as packed:
        api = packed.write_api(write_options=SYNCHRONOUS)
        api.write(BUCKET, ORG, [Point("packed").field("v", n).time(at(n)) for n in range(1_000)])
        equal([r.get_value() for t in packed.query_api().query(read("packed")) for r in t.records], list(range(1_000)))


@case
def write_data_frame(client):
    import pandas
    index = pandas.date_range(START, periods=4, freq="1h")
    frame = pandas.DataFrame({"town": ["Avon", "Bern", "Avon", "Bern"], "cases": [1, 2, 3, 4], "rate": [0.5, None, 1.5, 2.5]}, index=index)
    client.write_api(write_options=SYNCHRONOUS).write(
        BUCKET, ORG, record=frame, data_frame_measurement_name="frame", data_frame_tag_columns=["town"])
    equal(sorted(values(client, "frame", ' |> filter(fn: (r) => r._field == "cases")')), [1, 2, 3, 4])
    equal(sorted(values(client, "frame", ' |> filter(fn: (r) => r._field == "rate")')), [0.5, 1.5, 2.5])


@case
def write_refused(client):
    api = client.write_api(write_options=SYNCHRONOUS)
    error = refused(400, lambda: api.write(BUCKET, ORG, "not line protocol"))
    assert "unable to parse" in error.body, error.body
    api.write(BUCKET, ORG, "conflict v=1i 1704067200000000000")
    error = refused(422, lambda: api.write(BUCKET, ORG, 'conflict v="text" 1704067200000000000'))
    assert "field type conflict" in error.body, error.body
    refused(404, lambda: api.write("no such bucket", ORG, "m v=1"))
    with InfluxDBClient(url=URL, token="wrong", org=ORG) as stranger:
        refused(401, lambda: stranger.write_api(write_options=SYNCHRONOUS).write(BUCKET, ORG, "m v=1"))


def some_data(client):
    lines = [f"ask,town={town} v={n + offset}i,w={n}.5 {(1704067200 + 60 * n) * 10**9}"
             for town, offset in (("Avon", 0), ("Bern", 100)) for n in range(3)]
    client.write_api(write_options=SYNCHRONOUS).write(BUCKET, ORG, lines)


@case
def query_tables(client):
    some_data(client)
    tables = client.query_api().query(read("ask", ' |> filter(fn: (r) => r._field == "v")'))
    equal([(t.records[0]["town"], [r.get_value() for r in t.records]) for t in tables], [("Avon", [0, 1, 2]), ("Bern", [100, 101, 102])])
    record = tables[0].records[1]
    equal((record.get_measurement(), record.get_field(), record.get_time()), ("ask", "v", at(60)))
    equal((record.get_start(), record.get_stop()), (dt.datetime(2023, 12, 1, tzinfo=dt.timezone.utc), dt.datetime(2024, 12, 1, tzinfo=dt.timezone.utc)))
    equal([c.label for c in tables[0].columns if c.group], ["_start", "_stop", "_field", "_measurement", "town"])
    equal(values(client, "nothing of this name"), [])


@case
def query_several_results(client):
    some_data(client)
    script = read("ask", ' |> filter(fn: (r) => r._field == "v") |> sum() |> yield(name: "sum")') + "\n" \
        + read("ask", ' |> filter(fn: (r) => r._field == "v") |> max() |> yield(name: "max")')
    found = {(r["result"], r["town"]): r.get_value() for t in client.query_api().query(script) for r in t.records}
    equal(found, {("sum", "Avon"): 3, ("sum", "Bern"): 303, ("max", "Avon"): 2, ("max", "Bern"): 102})


@case
def query_stream(client):
    some_data(client)
    records = client.query_api().query_stream(read("ask", ' |> filter(fn: (r) => r._field == "w")'))
    equal([r.get_value() for r in records], [0.5, 1.5, 2.5] * 2)


@case
def query_csv(client):
    some_data(client)
    rows = [row for row in client.query_api().query_csv(read("ask", ' |> filter(fn: (r) => r._field == "v") |> group() |> keep(columns: ["_value"])'))]
    rows = [row for row in rows if row]
    equal(rows[0][0], "#datatype")
    equal([row[3] for row in rows if not row[0].startswith("#")], ["_value", "0", "1", "2", "100", "101", "102"])


@case
def query_raw(client):
    some_data(client)
    answer = client.query_api().query_raw(read("ask", ' |> filter(fn: (r) => r._field == "w") |> group() |> count() |> keep(columns: ["_value"])'))
    text = answer.data.decode() if hasattr(answer, "data") else answer.read().decode()
    assert text.startswith("#datatype,string,long,long\r\n"), text
    assert ",,0,6\r\n" in text, text


@case
def query_data_frame(client):
    some_data(client)
    frame = client.query_api().query_data_frame(
        read("ask", ' |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> group() |> sort(columns: ["v"])'))
    equal((list(frame["town"]), list(frame["v"]), list(frame["w"])),
          (["Avon"] * 3 + ["Bern"] * 3, [0, 1, 2, 100, 101, 102], [0.5, 1.5, 2.5] * 2))
    equal([t.to_pydatetime() for t in frame["_time"][:3]], [at(0), at(60), at(120)])
    total = sum(len(f) for f in client.query_api().query_data_frame_stream(read("ask", ' |> filter(fn: (r) => r._field == "v")')))
    equal(total, 6)


@case
def query_parameters(client):
    some_data(client)
    script = f'from(bucket: "{BUCKET}") |> range(start: _from, stop: _to) |> filter(fn: (r) => r._measurement == _name and r._field == "v") |> group() |> sum()'
    # Parameters travel as a Flux AST in `extern`; InfluxDB 2 of one's own takes them, too.
    parameters = {"_from": START, "_to": at(3600), "_name": "ask"}
    equal([r.get_value() for t in client.query_api().query(script, params=parameters) for r in t.records], [306])


@case
def query_refused(client):
    error = refused(400, lambda: client.query_api().query("from(bucket: "))
    assert '"code":"invalid"' in error.body.decode().replace(" ", "") if isinstance(error.body, bytes) else "invalid" in error.body, error.body
    error = refused(404, lambda: client.query_api().query('from(bucket: "no such bucket") |> range(start: -1h)'))
    text = error.body.decode() if isinstance(error.body, bytes) else error.body
    assert "no such bucket" in text, text


@case
def delete(client):
    lines = [f"gone,town={town} v={n}i {(1704067200 + n) * 10**9}" for town in ("Avon", "Bern") for n in range(10)]
    client.write_api(write_options=SYNCHRONOUS).write(BUCKET, ORG, lines)
    client.delete_api().delete(at(2), at(4), '_measurement="gone" AND town="Avon"', bucket=BUCKET, org=ORG)
    equal(sorted(values(client, "gone", ' |> filter(fn: (r) => r.town == "Avon")')), [0, 1, 5, 6, 7, 8, 9])
    equal(len(values(client, "gone", ' |> filter(fn: (r) => r.town == "Bern")')), 10)
    client.delete_api().delete("1970-01-01T00:00:00Z", "2030-01-01T00:00:00Z", '_measurement="gone"', bucket=BUCKET, org=ORG)
    equal(values(client, "gone"), [])


@case
def buckets(client):
    api = client.buckets_api()
    made = api.create_bucket(bucket_name="of the client", retention_rules=BucketRetentionRules(type="expire", every_seconds=86_400), org=ORG)
    equal((made.name, made.retention_rules[0].every_seconds), ("of the client", 86_400))
    equal(api.find_bucket_by_id(made.id).name, "of the client")
    equal(api.find_bucket_by_name("of the client").id, made.id)
    equal(api.find_bucket_by_name("no such bucket"), None)
    assert {"of the client", BUCKET} <= {b.name for b in api.find_buckets().buckets}
    made.name = "renamed"
    equal(api.update_bucket(bucket=made).name, "renamed")
    refused(422, lambda: api.create_bucket(bucket_name=BUCKET, org=ORG))
    api.delete_bucket(made)
    refused(404, lambda: api.find_bucket_by_id(made.id))


@case
def organizations_and_me(client):
    found = client.organizations_api().find_organizations(org=ORG)
    equal([o.name for o in found], [ORG])
    equal(client.organizations_api().find_organization(found[0].id).name, ORG)
    equal(client.users_api().me().name, "tester")
    made = client.organizations_api().create_organization(name="second")
    client.organizations_api().delete_organization(made.id)


@case
def authorizations(client):
    org = client.organizations_api().find_organizations(org=ORG)[0]
    bucket = client.buckets_api().find_bucket_by_name(BUCKET)
    other = client.buckets_api().create_bucket(bucket_name="not for the reader", org=ORG)
    resource = PermissionResource(org_id=org.id, type="buckets", id=bucket.id)
    api = client.authorizations_api()
    made = api.create_authorization(org_id=org.id, permissions=[Permission(action="read", resource=resource)])
    assert made.token and made.status == "active"
    client.write_api(write_options=SYNCHRONOUS).write(BUCKET, ORG, "scoped v=1i 1704067200000000000")
    with InfluxDBClient(url=URL, token=made.token, org=ORG) as reader:
        equal(values(reader, "scoped"), [1])
        refused(403, lambda: reader.write_api(write_options=SYNCHRONOUS).write(BUCKET, ORG, "scoped v=2i"))
        refused(404, lambda: reader.query_api().query('from(bucket: "not for the reader") |> range(start: -1h)'))
        refused(404, lambda: reader.query_api().query(f'from(bucketID: "{other.id}") |> range(start: -1h)'))
        found = api.find_authorization_by_id(made.id)
        found.status = "inactive"
        equal(api.update_authorization(found).status, "inactive")
        refused(403, lambda: reader.write_api(write_options=SYNCHRONOUS).write(BUCKET, ORG, "scoped v=2i"))
    assert made.id in [a.id for a in api.find_authorizations()]
    api.delete_authorization(made)
    assert made.id not in [a.id for a in api.find_authorizations()]
    client.buckets_api().delete_bucket(other)


def main():
    warnings.filterwarnings("ignore")
    failed = 0
    with InfluxDBClient(url=URL, token=TOKEN, org=ORG) as client:
        for function in CASES:
            try:
                function(client)
            except Exception:  # a failing case must not hide the others
                failed += 1
                print(f"FAIL {function.__name__}")
                traceback.print_exc()
    print(f"influxdb-client {influxdb_client.__version__}: {len(CASES) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
