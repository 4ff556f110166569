#!/usr/bin/env python3
"""The query set's SQL twins asked of DuckDB, in process, over the Parquet files of a Tidegauge data folder.

    duckdb_over_tide.py --folder DIR --load hartford [--runs 9] [--out FILE.json]

DIR is the data folder of a server that was stopped. What is still in its log only is not seen: start it once with a small --memory-limit,
so that it flushes, or seal the folder (Engine::compact). Partitions that overlap in time may hold overwritten rows; counts of rows are
printed so that it shows. Needs pip: duckdb pyarrow.
"""
import argparse
import glob
import json
import statistics
import time

import duckdb
import sql_queries as Q

MEASUREMENT = {"hartford": "policeincidents", "schools": "school", "codes": "socrata_ucr_codes", "devops100": "cpu"}


def sql_of(spec, files):
    """The text for DuckDB; times in the files carry a zone."""
    text = Q.render(spec["sql"].replace("{b:", "{B:"), "duck", f"read_parquet({files!r})")
    text = text.replace("TIMESTAMP_NS '", "TIMESTAMPTZ '")
    return Q.re.sub(r"\{B:(\d+)\}", lambda m: f"epoch_us(time) // {int(m.group(1)) * 10 ** 6}", text)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--folder", required=True)
    p.add_argument("--load", required=True, choices=sorted(MEASUREMENT))
    p.add_argument("--runs", type=int, default=9)
    p.add_argument("--out")
    a = p.parse_args()
    files = sorted(glob.glob(f"{a.folder}/data/*/{MEASUREMENT[a.load]}/*.parquet"))
    con = duckdb.connect()
    con.sql("SET TimeZone='UTC'")
    rows = con.sql(f"SELECT count(*) FROM read_parquet({files!r})").fetchall()[0][0]
    print(f"{a.load}: {len(files)} files, {rows} rows, DuckDB {duckdb.__version__}")
    result = {"files": len(files), "rows": rows, "version": duckdb.__version__, "queries": {}}
    for name, spec in {**Q.hartford_queries(), **Q.cpu_queries(100)}.items():
        if spec["table"] != a.load:
            continue
        sql, times, got = sql_of(spec, files), [], 0
        for _ in range(a.runs + 1):
            began = time.perf_counter()
            got = con.sql(sql).to_arrow_table().num_rows
            times.append((time.perf_counter() - began) * 1e3)
        result["queries"][name] = dict(first_ms=round(times[0], 2), median_ms=round(statistics.median(times[1:]), 2), rows=got)
        print(f"{name:36s} {result['queries'][name]['median_ms']:10.2f} ms  first {times[0]:10.2f} ms  {got} rows")
    if a.out:
        json.dump(result, open(a.out, "w"), indent=1)


if __name__ == "__main__":
    main()
