#!/usr/bin/env python3
"""The cases of tests/oracle/lp_store, written before a server ends and read after it began again.

    lp_store_restart.py write --url URL --token T --org ORG --answers FILE    each case into a bucket of its own
    lp_store_restart.py read  --url URL --token T --org ORG --answers FILE    reads them, compares as lp_store_oracle.py does

Closing line of `read`: `N passed, N failed`.
"""
import argparse
import base64
import json
import os
import sys
import urllib.parse

ORACLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "oracle")
sys.path.insert(0, ORACLE)
import lp_store_oracle as lp  # noqa: E402
import oracle  # noqa: E402


def cases():
    """(bucket, case) of every case that is asked."""
    meant = oracle.differences(ORACLE)
    folder = os.path.join(ORACLE, "lp_store")
    for name in sorted(os.listdir(folder)):
        group = name.removesuffix(".json")
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            for case in json.load(f):
                if case.get("level", "unstable") != "unstable" and f"lp_store/{group}:{case['name']}" not in meant:
                    yield f"{group}:{case['name']}", case


def write(client):
    org_id = json.loads(client.call("GET", f"/api/v2/orgs?org={urllib.parse.quote(client.org)}")[1])["orgs"][0]["id"]
    answers = {}
    for bucket, case in cases():
        made = json.dumps(dict(name=bucket, orgID=org_id, retentionRules=[])).encode()
        status, text = client.call("POST", "/api/v2/buckets", made)
        assert status == 201, (status, text)
        lp.BUCKET = urllib.parse.quote(bucket)
        answer = answers[bucket] = {}
        for body, status_key, error_key in [(lp.body_of(case), "status", "error"), (case.get("then"), "status2", "error2")]:
            if body is not None:
                body = body if isinstance(body, bytes) else body.encode()
                answer[status_key], error = lp.write(client, body, case.get("precision"))
                if error:
                    answer[error_key] = error
    print(f"{len(answers)} cases written")
    return answers


def read(client, answers):
    passed = failed = 0
    for bucket, case in cases():
        name = bucket.replace("\\", "\\\\").replace('"', '\\"')
        query = lp.READ.replace(f'"{"lp_store"}"', f'"{name}"')
        query += ' |> drop(columns: ["_time"])' if case.get("no_time") else ""
        ask = json.dumps(dict(query=query, type="flux", dialect=dict(annotations=["datatype", "group", "default"])))
        status, csv = client.call("POST", f"/api/v2/query?org={urllib.parse.quote(client.org)}", ask.encode())
        answer = dict(answers[bucket])
        csv = csv if csv.strip() else b""
        try:
            answer["csv"] = lp.short(csv.decode()) if status == 200 else f"status {status}: {csv!r}"
        except UnicodeDecodeError:
            answer["csv64"] = base64.b64encode(lp.short(csv.decode("latin-1")).encode("latin-1")).decode()
        level = lp.agreement(case, answer)
        wanted = min(oracle.ORDER.index(case["level"]), oracle.ORDER.index("keyed"))
        if level is not None and oracle.ORDER.index(level) >= wanted:
            passed += 1
        else:
            failed += 1
            print(f"FAIL {bucket}: agrees: {level}: {json.dumps(answer)[:300]}")
    print(f"{passed} passed, {failed} failed")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("verb", choices=["write", "read"])
    for name in ["--url", "--token", "--org", "--answers"]:
        p.add_argument(name, required=True)
    a = p.parse_args()
    client = oracle.Client(a.url, a.token, a.org)
    if a.verb == "write":
        with open(a.answers, "w", encoding="utf-8") as f:
            json.dump(write(client), f)
    else:
        with open(a.answers, encoding="utf-8") as f:
            read(client, json.load(f))


if __name__ == "__main__":
    main()
