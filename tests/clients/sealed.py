"""Reads the sealed partitions of a folder with pyarrow and DuckDB and compares every row with what it is to be.

sealed.py GLOB EXPECTED: GLOB names the Parquet files, EXPECTED a file with one row a line as JSON: time in microseconds, then
the other columns; columns that are null are left out.
"""

import datetime
import glob
import json
import sys

import duckdb
import pyarrow
import pyarrow.parquet

COLUMNS = ["station", "depth", "temp", "count", "big", "ok", "note"]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


def key(row):
    return [row["time"], row.get("station") or "", row.get("depth") or ""]


def tidy(row):
    return {name: value for name, value in row.items() if value is not None}


def by_pyarrow(files):
    rows = []
    for file in files:
        table = pyarrow.parquet.ParquetFile(file).read()
        kind = table.schema.field("time").type
        assert kind == pyarrow.timestamp("us", tz="UTC"), kind
        table = table.set_column(0, "time", table.column("time").cast(pyarrow.int64()))
        rows += [tidy(row) for row in table.to_pylist()]
    return rows


def by_duckdb(pattern):
    connection = duckdb.connect()
    relation = connection.sql(f"SELECT epoch_us(time) AS time, * EXCLUDE (time) FROM read_parquet('{pattern}', union_by_name=true)")
    names = relation.columns
    rows = [tidy(dict(zip(names, row))) for row in relation.fetchall()]
    sums = connection.sql(
        f"SELECT station, count(*), sum(count) FROM read_parquet('{pattern}', union_by_name=true) GROUP BY station"
    ).fetchall()
    return rows, {station: (rows, total) for station, rows, total in sums}


def compare(reader, found, expected):
    found.sort(key=key)
    if found == expected:
        print(f"{reader}: {len(found)} rows as they are to be")
        return True
    print(f"{reader}: {len(found)} rows, {len(expected)} expected")
    wrong = [(f, e) for f, e in zip(found, expected) if f != e][:3]
    for f, e in wrong:
        print(f"  found {f}\n  not   {e}")
    return False


def main():
    pattern, path = sys.argv[1:]
    with open(path, encoding="utf-8") as lines:
        expected = sorted((json.loads(line) for line in lines), key=key)
    files = sorted(glob.glob(pattern, recursive=True))
    assert files, f"no files: {pattern}"
    well = compare("pyarrow", by_pyarrow(files), expected)
    rows, sums = by_duckdb(pattern)
    well &= compare("duckdb", rows, expected)
    for station, (count, total) in sums.items():
        own = [row for row in expected if row.get("station") == station]
        assert count == len(own), (station, count, len(own))
        assert (total or 0) == sum(row.get("count", 0) for row in own), (station, total)
    print(f"pyarrow {pyarrow.__version__}, duckdb {duckdb.__version__}, {len(files)} files")
    sys.exit(0 if well else 1)


main()
