#!/usr/bin/env python3
"""Importers of the shape of the tutorial's: codes after a delete, one point a request, all of one instant; then incidents one point
a request, and in batches, unsorted, with seconds and a street address as a tag. Asks for what was imported. Exit status 1 when it differs.

Reads INFLUXDB_V2_URL, INFLUXDB_V2_TOKEN, INFLUXDB_V2_ORG. Data: `ucr_codes.csv` beside this file (public data of the City of
Hartford), and incidents made up from a seed.
"""
import collections
import csv
import datetime as dt
import os
import random

from influxdb_client import InfluxDBClient, Point, WriteOptions, WritePrecision
from influxdb_client.client.write_api import SYNCHRONOUS

HERE = os.path.dirname(os.path.abspath(__file__))
URL, TOKEN, ORG = (os.environ[k] for k in ("INFLUXDB_V2_URL", "INFLUXDB_V2_TOKEN", "INFLUXDB_V2_ORG"))
CODES, INCIDENTS = "SocrateCodes", "PoliceCases"
ONE_BY_ONE, IN_BATCHES = 300, 5_000
EPOCH = dt.datetime(2005, 1, 1, tzinfo=dt.timezone.utc)


def import_codes(client):
    """Twice, as somebody does who starts again: the delete makes room for the second."""
    with open(os.path.join(HERE, "ucr_codes.csv"), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == 943, len(rows)
    now = dt.datetime(2022, 5, 22, tzinfo=dt.timezone.utc)
    for _ in range(2):
        client.delete_api().delete("1970-01-01T00:00:00Z", "2038-01-01T00:00:00Z", '_measurement="socrata_ucr_codes"', bucket=CODES, org=ORG)
        assert read_codes(client) == collections.Counter(), "the delete left codes"
        with client.write_api(write_options=SYNCHRONOUS) as api:
            for row in rows:
                point = Point("socrata_ucr_codes").tag("code", row["ucr_code"]).field("ucr_code", row["ucr_code"])
                for name in ("primary_description", "secondary_description"):
                    point = point.tag(name, row[name])
                api.write(bucket=CODES, record=point.time(now))
    wanted = collections.Counter(row["primary_description"] for row in rows)
    assert read_codes(client) == wanted, read_codes(client) - wanted


def read_codes(client):
    script = f'''from(bucket: "{CODES}") |> range(start: 2022-01-01T00:00:00Z, stop: 2023-01-01T00:00:00Z)
        |> filter(fn: (r) => r._measurement == "socrata_ucr_codes" and r._field == "ucr_code")
        |> group(columns: ["primary_description"]) |> count(column: "_value")
        |> group(columns: ["_value", "primary_description"], mode: "except") |> sort(columns: ["_value"], desc: true)'''
    records = [r for t in client.query_api().query(script) for r in t.records]
    return collections.Counter({r["primary_description"]: r.get_value() for r in records})


def incidents(seed, count):
    """(kind, point) of made-up incidents, unsorted by time."""
    dice = random.Random(seed)
    for n in range(count):
        kind = dice.choice(["LARCENY", "DRUGS", "ASSAULT", "VANDALISM"])
        when = EPOCH + dt.timedelta(seconds=dice.randrange(16 * 365 * 86_400))
        point = Point("policeincidents").tag("ucr_1_description", kind).tag("ucr_1_category", f"{len(kind):02}*")
        point = point.tag("address", f"{dice.randrange(2_000)} {dice.choice(['MAIN ST', 'PARK ST, REAR', 'ASYLUM AV'])} #{n}")
        point = point.tag("neighborhood", dice.choice(["FROG HOLLOW", "WEST END"])).tag("s2_cell_id", f"89e65{dice.randrange(16):x}")
        point = point.field("case_number", seed * 1_000_000 + n).field("ucr_1_code", str(len(kind))).field("ucr_2_code", 0)
        yield kind, point.field("lat", 41.7 + dice.random() / 10).field("lon", -72.7 + dice.random() / 10).time(when, WritePrecision.S)


def import_incidents(client):
    wanted = collections.Counter()
    with client.write_api(write_options=SYNCHRONOUS) as api:
        for kind, point in incidents(1, ONE_BY_ONE):
            api.write(bucket=INCIDENTS, record=point)
            wanted[kind] += 1
    with client.write_api(write_options=WriteOptions(batch_size=1_000, flush_interval=1_000)) as api:
        for kind, point in incidents(2, IN_BATCHES):
            api.write(bucket=INCIDENTS, record=point)
            wanted[kind] += 1
    script = f'''from(bucket: "{INCIDENTS}") |> range(start: 2005-01-01T00:00:00Z, stop: 2021-06-01T00:00:00Z)
        |> filter(fn: (r) => r._measurement == "policeincidents" and r._field == "ucr_1_code")
        |> group(columns: ["ucr_1_description"]) |> drop(columns: ["neighborhood", "s2_cell_id", "address"])
        |> count(column: "_value") |> group() |> sort(columns: ["_value"], desc: true)'''
    records = [r for t in client.query_api().query(script) for r in t.records]
    assert [(r["ucr_1_description"], r.get_value()) for r in records] == wanted.most_common(), records


def main():
    with InfluxDBClient(url=URL, token=TOKEN, org=ORG) as client:
        for name in (CODES, INCIDENTS):
            client.buckets_api().create_bucket(bucket_name=name, org=ORG)
        import_codes(client)
        import_incidents(client)
    print(f"imported twice all codes and {ONE_BY_ONE} incidents one by one, {IN_BATCHES} in batches: all there")


if __name__ == "__main__":
    main()
