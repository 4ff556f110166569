#!/usr/bin/env python3
"""A mixed load that checks every answer: eight writers and eight readers against one server inside a hard limit of memory.

    mixed.py --scratch DIR --out REPORT.json [--minutes 10] [--limit-mb 512] [--rate 4000] [--seed 1] \\
        --server 'tide serve --http-bind-address 127.0.0.1:{port} --data-dir {dir} --memory-limit 512MB'

The command starts one server in the foreground; {port} and {dir} are replaced. REPORT.json gets a twin REPORT.md to read.

Writers. Each owns a tag value and knows what it wrote: point I has a time and a value that follow from I, and a generation
that grows when it is written again. A request holds one block of points. Two writers send plain lines in order, two packed
ones, two send blocks and lines in random order, two go back and overwrite blocks that were acknowledged long ago.

Readers. Sums, counts, last values, raw rows, groups and windows, of one writer or of all. An answer must be what the store held at one
moment between the request and its last byte: everything acknowledged before, nothing of a request half, nothing twice. Between
those two there are few states, and the answer must be exactly one of them.

What counts as failed: a wrong answer; a status other than 2xx, but for a 503 with Retry-After whose repetition succeeds; a
process beyond the limit (a cgroup kills it where the machine allows one, else it is sampled ten times a second); median memory of
the last third above the middle third's by more than --growth-mb; anything lost after the server was killed and started
again, or after it was stopped and started again.

The margin of growth is what memtables may hold before they are written (an eighteenth of the limit, 28 MiB of 512 MB) and a little: memory
goes up and down by that much with every flush. What a third holds of the server's own account stands beside it.
"""
import argparse
import csv
import datetime
import gzip
import http.client
import io
import json
import os
import random
import signal
import statistics
import sys
import threading
import time

import v2bench
from v2bench import BUCKET, ORG, TOKEN

BASE_NS = 1_767_225_600_000_000_000  # 2026-01-01
STEP_NS = 100_000_000
HOSTS = 10
BLOCK = 1000
KINDS = ["plain", "plain", "gzip", "gzip", "random", "random gzip", "overwrite", "overwrite gzip"]
RETRIES = 60


def when(index):
    return BASE_NS + index * STEP_NS


def text_of(ns):
    return datetime.datetime.fromtimestamp(ns // 1_000_000_000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{ns % 1_000_000_000:09d}Z"


def value(index, generation):
    """Quarters: every sum is exact in a double."""
    return (index * 7 % 1000) + generation * 0.25


def block_sum(block, generation, host=None):
    return sum(value(i, generation) for i in indexes(block, host))


def indexes(block, host=None):
    first = block * BLOCK
    return range(first, first + BLOCK) if host is None else range(first + host, first + BLOCK, HOSTS)


class Failure(Exception):
    """An answer that must not be."""


class Ledger:
    """What one writer had acknowledged, and the journal of what it asked for, in order."""

    def __init__(self, name):
        self.name, self.lock = name, threading.Lock()
        self.journal, self.acked, self.blocks = [], 0, {}

    def begin(self, block, generation):
        with self.lock:
            self.journal.append((block, generation))

    def done(self):
        with self.lock:
            block, generation = self.journal[self.acked]
            self.blocks[block] = generation
            self.acked += 1

    def before(self, wanted):
        """The acknowledged generations of the blocks wanted, and the place in the journal."""
        with self.lock:
            return {b: self.blocks[b] for b in (self.blocks if wanted is None else wanted) if b in self.blocks}, self.acked

    def states(self, held, place, wanted):
        """Every state from `held` on to the last request that was begun."""
        with self.lock:
            later = self.journal[place:]
        state = dict(held)
        yield state
        for block, generation in later:
            if wanted is None or block in wanted:
                state = {**state, block: generation}
                yield state


class Run:
    def __init__(self, a, server):
        self.a, self.server = a, server
        self.ledgers = [Ledger(f"w{i}") for i in range(len(KINDS))]
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.failures, self.failed, self.counts, self.took = [], 0, {}, {}
        self.lines = self.refused = self.retried = 0

    def fail(self, what):
        with self.lock:
            self.failed += 1
            if len(self.failures) < 40:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {what}")

    def note(self, kind, seconds):
        with self.lock:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.took.setdefault(kind, []).append(seconds)

    def ask(self, kind, path, body, headers):
        """A request; 503 with Retry-After is repeated as it says, everything else but 2xx is a failure."""
        for _ in range(RETRIES):
            began = time.perf_counter()
            status, answered, content = exchange(self.server.port, path, body, headers)
            if status != 503:
                break
            with self.lock:
                self.refused += 1
            if not answered.get("retry-after", "").isdigit():
                raise Failure(f"{kind}: 503 without Retry-After: {content[:200]!r}")
            time.sleep(int(answered["retry-after"]))
        if status // 100 != 2:
            raise Failure(f"{kind}: {status} {content[:300].decode(errors='replace')}")
        self.note(kind, time.perf_counter() - began)
        return content.decode()

    def flux(self, kind, script):
        body = json.dumps({"query": script, "type": "flux", "dialect": {"annotations": []}})
        text = self.ask(kind, "/api/v2/query?org=" + ORG, body.encode(), {"Content-Type": "application/json", "Accept": "application/csv"})
        rows, columns = [], None
        for row in csv.reader(io.StringIO(text)):
            if not row:
                columns = None
            elif columns is None:
                columns = row
            else:
                rows.append(dict(zip(columns, row)))
        bad = next((r["error"] for r in rows if r.get("error")), None)
        if bad:
            raise Failure(f"{kind}: an error within the answer: {bad}")
        return rows


def exchange(port, path, body, headers):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        c.request("POST", path, body, {"Authorization": f"Token {TOKEN}", **headers})
        r = c.getresponse()
        return r.status, {k.lower(): v for k, v in r.getheaders()}, r.read()
    finally:
        c.close()


# ---- writers

def lines(writer, block, generation, rng, shuffled):
    out = [f"load,writer={writer},host=h{i % HOSTS} v={value(i, generation)},n={i}i {when(i)}" for i in indexes(block)]
    if shuffled:
        rng.shuffle(out)
    return "\n".join(out).encode()


def plan(kind, rng):
    """Which block is written next, and whether again; never ends."""
    first = 0
    while True:
        group = list(range(first, first + 20))
        if "random" in kind:
            rng.shuffle(group)
        for block in group:
            yield block, False
            if "overwrite" in kind and first and rng.random() < 0.5:
                yield rng.randrange(first), True
        first += 20


def write(run, number):
    kind, ledger, rng = KINDS[number], run.ledgers[number], random.Random(run.a.seed * 100 + number)
    path = f"/api/v2/write?org={ORG}&bucket={BUCKET}&precision=ns"
    due = time.perf_counter()
    for block, again in plan(kind, rng):
        if run.stop.is_set():
            return
        generation = ledger.blocks[block] + 1 if again else 0
        body = lines(ledger.name, block, generation, rng, "random" in kind)
        headers = {"Content-Type": "text/plain"}
        if "gzip" in kind:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        ledger.begin(block, generation)
        try:
            run.ask(f"write {kind}", path, body, headers)
        except (Failure, OSError) as e:
            run.fail(f"{ledger.name}: {e}")
            return
        ledger.done()
        with run.lock:
            run.lines += BLOCK
        if run.a.rate:
            due = max(due + BLOCK / run.a.rate, time.perf_counter() - 1)
            run.stop.wait(max(0, due - time.perf_counter()))


# ---- readers

def source(ledger, first=None, last=None, field="v"):
    """The points of a writer (None: of all), of the blocks from `first` to `last`."""
    start = text_of(when(first * BLOCK)) if first is not None else "2025-01-01T00:00:00Z"
    stop = text_of(when((last + 1) * BLOCK)) if last is not None else "2030-01-01T00:00:00Z"
    who = f' and r.writer == "{ledger.name}"' if ledger else ""
    return f'from(bucket: "{BUCKET}") |> range(start: {start}, stop: {stop}) |> filter(fn: (r) => r._measurement == "load" and r._field == "{field}"{who})'


def window(ledger, rng, most):
    """Some neighbouring blocks of what is acknowledged."""
    top = max(ledger.blocks, default=-1)
    if top < 0:
        return None
    first = rng.randrange(top + 1)
    return range(first, min(top + 1, first + rng.randint(1, most)))


def one_of(kind, ledger, got, states, say):
    tried = [say(s) for s in states]
    if got not in tried:
        raise Failure(f"{kind} of {ledger.name}: {str(got)[:300]} is none of the {len(tried)} states, the first {str(tried[0])[:300]}, the last {str(tried[-1])[:300]}")


def number(rows, column="_value"):
    return sum(float(r[column]) for r in rows)


def read_sum(run, ledger, wanted):
    held, place = ledger.before(wanted)
    rows = run.flux("sum", source(ledger, wanted[0], wanted[-1]) + " |> group() |> sum()")
    one_of("sum", ledger, number(rows), ledger.states(held, place, wanted), lambda s: sum(block_sum(b, g) for b, g in s.items()))


def read_count(run, ledger, wanted):
    held, place = ledger.before(None)
    rows = run.flux("count", source(ledger, field="n") + " |> group() |> count()")
    one_of("count", ledger, number(rows), ledger.states(held, place, None), lambda s: float(len(s) * BLOCK))


def read_last(run, ledger, wanted):
    held, place = ledger.before(None)
    rows = run.flux("last", source(ledger) + " |> last()")
    got = {r["host"]: float(r["_value"]) for r in rows}

    def say(state):
        top = max(state)
        return {f"h{i % HOSTS}": value(i, state[top]) for i in range((top + 1) * BLOCK - HOSTS, (top + 1) * BLOCK)}
    one_of("last", ledger, got, ledger.states(held, place, None), say)


def read_rows(run, ledger, wanted):
    wanted = wanted[:2]
    held, place = ledger.before(wanted)
    rows = run.flux("rows", source(ledger, wanted[0], wanted[-1]))
    got = sorted((r["_time"], r["host"], float(r["_value"])) for r in rows)
    one_of("rows", ledger, got, ledger.states(held, place, wanted),
           lambda s: sorted((short(when(i)), f"h{i % HOSTS}", value(i, g)) for b, g in s.items() for i in indexes(b)))


def short(ns):
    whole = text_of(ns)[:-1].rstrip("0").rstrip(".")
    return whole + "Z"


def read_group(run, ledger, wanted):
    held, place = ledger.before(wanted)
    rows = run.flux("group", source(ledger, wanted[0], wanted[-1]) + ' |> group(columns: ["host"]) |> sum()')
    got = {r["host"]: float(r["_value"]) for r in rows}
    one_of("group", ledger, got, ledger.states(held, place, wanted),
           lambda s: {f"h{h}": sum(block_sum(b, g, h) for b, g in s.items()) for h in range(HOSTS)} if s else {})


def read_windows(run, ledger, wanted):
    """Windows as long as a block: one count and one sum for each."""
    held, place = ledger.before(wanted)
    every = f"{BLOCK * STEP_NS // 1_000_000_000}s"
    offset = f"{(BASE_NS // 1_000_000_000) % (BLOCK * STEP_NS // 1_000_000_000)}s"
    rows = run.flux("windows", source(ledger, wanted[0], wanted[-1])
                    + f' |> group() |> aggregateWindow(every: {every}, offset: {offset}, fn: sum, createEmpty: false, timeSrc: "_start")')
    got = sorted((r["_time"], float(r["_value"])) for r in rows)
    one_of(f"windows from block {wanted[0]}", ledger, got, ledger.states(held, place, wanted),
           lambda s: sorted((short(when(b * BLOCK)), block_sum(b, g)) for b, g in s.items()))


def read_all(run, _ledger, _wanted):
    """All writers at once, a table each."""
    before = [w.before(None) for w in run.ledgers]
    rows = run.flux("all writers", source(None, field="n") + ' |> group(columns: ["writer"]) |> count()')
    got = {r["writer"]: float(r["_value"]) for r in rows}
    for ledger, (held, place) in zip(run.ledgers, before):
        one_of("all writers", ledger, got.get(ledger.name, 0.0), ledger.states(held, place, None), lambda s: float(len(s) * BLOCK))


READS = [read_sum, read_count, read_last, read_rows, read_group, read_windows, read_all]


def read(run, number_of_reader):
    rng = random.Random(run.a.seed * 1000 + number_of_reader)
    while not run.stop.is_set():
        ledger, ask = rng.choice(run.ledgers), READS[(number_of_reader + rng.randrange(2)) % len(READS)]
        wanted = window(ledger, rng, 60)
        if wanted is None:
            run.stop.wait(0.2)
            continue
        try:
            ask(run, ledger, wanted)
        except (Failure, OSError, KeyError, ValueError) as e:
            run.fail(f"{ask.__name__}: {type(e).__name__} {e}")
            if isinstance(e, OSError):
                run.stop.wait(1)
        run.stop.wait(run.a.pause)


def check_everything(run, title):
    """Each writer's whole state, field by field and point by point."""
    failed = run.failed
    for ledger in run.ledgers:
        top = max(ledger.blocks, default=-1)
        try:
            read_count(run, ledger, None)
            read_last(run, ledger, None)
            read_sum(run, ledger, range(top + 1))
            read_group(run, ledger, range(top + 1))
            for first in range(0, top + 1, 50):
                read_windows(run, ledger, range(first, min(first + 50, top + 1)))
            for first in range(0, top + 1, 40):
                read_rows(run, ledger, range(first, min(first + 2, top + 1)))
        except (Failure, OSError, ValueError, KeyError) as e:
            run.fail(f"{title}: {e}")
    return run.failed - failed


# ---- memory

class Cgroup:
    """A hard limit of the whole process, where the machine lets us make one (version 1 or 2)."""

    def __init__(self, limit_mb):
        self.path = None
        for root, limit, peak in [("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.max_usage_in_bytes"),
                                  ("/sys/fs/cgroup", "memory.max", "memory.peak")]:
            path = f"{root}/tide-mixed-{os.getpid()}"
            try:
                os.mkdir(path)
                with open(f"{path}/{limit}", "w") as f:
                    f.write(str(limit_mb << 20))
                self.path, self.peak = path, f"{path}/{peak}"
                return
            except OSError:
                try:
                    os.rmdir(path)
                except OSError:
                    pass

    def inside(self, command):
        return f"bash -c 'echo $$ > {self.path}/cgroup.procs; exec {command}'" if self.path else command

    def peak_mb(self):
        try:
            return int(open(self.peak).read()) / (1 << 20) if self.path else None
        except (OSError, ValueError):
            return None

    def close(self):
        if self.path:
            os.rmdir(self.path)


HOLDERS = ["memtables", "bodies", "merges", "caches", "queries"]


def held(server):
    """MiB that each holder has of the server's memory budget, as its metrics tell; nothing if they do not."""
    try:
        text = server.request("GET", "/metrics", timeout=30)[1].decode()
    except OSError:
        return {}
    found = {h: f'tidegauge_memory_held_bytes{{holder="{h}"}} ' for h in HOLDERS}
    return {h: int(line[len(key):]) / (1 << 20) for line in text.splitlines() for h, key in found.items() if line.startswith(key)}


def watch(run, samples, sampled):
    began, holders = time.perf_counter(), {}
    while not run.stop.wait(0.1):
        rss, anon = run.server.memory("VmRSS"), run.server.memory("RssAnon")
        if not len(samples) % 10:
            holders = held(run.server)
        samples.append((time.perf_counter() - began, rss, anon, holders))
        if run.server.process.poll() is not None:
            run.fail(f"the server ended with {run.server.process.returncode}")
            run.stop.set()
        if sampled and rss > run.a.limit_mb:
            run.fail(f"{rss:.0f} MiB resident, the limit is {run.a.limit_mb}")


def thirds(samples):
    n = len(samples) // 3
    return [dict(rss_median=round(statistics.median(s[1] for s in part), 1), rss_peak=round(max(s[1] for s in part), 1),
                 anon_median=round(statistics.median(s[2] for s in part), 1), held_median=round(statistics.median(sum(s[3].values()) for s in part), 1))
            for part in (samples[:n], samples[n:2 * n], samples[2 * n:]) if part]


def by_minute(samples):
    """Medians of each minute: resident, anonymous, and what each holder has of the budget."""
    minutes = {}
    for s in samples:
        minutes.setdefault(int(s[0] // 60), []).append(s)
    middle = lambda values: round(statistics.median(values), 1)
    return [dict(minute=m, rss=middle(s[1] for s in part), anon=middle(s[2] for s in part),
                 held={h: middle(s[3].get(h, 0.0) for s in part) for h in HOLDERS}) for m, part in sorted(minutes.items())]


def quantiles(seconds):
    s = sorted(seconds)
    return dict(requests=len(s), median_ms=round(s[len(s) // 2] * 1e3, 1), p99_ms=round(s[int(len(s) * 0.99)] * 1e3, 1), most_ms=round(s[-1] * 1e3, 1))


def kill(server):
    server.alive = False
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()


def markdown(report):
    out = [f"# Mixed load, {report['minutes']:g} minutes, limit {report['limit_mb']} MB ({report['limited_by']})", "",
           f"{'No failure' if not report['failed'] else str(report['failed']) + ' failures'}: {report['points']:,} points written "
           f"({report['points_per_second']:,} a second), {report['reads']:,} answers checked, {report['answers_503']} times 503 with Retry-After, all repeated with success.", "",
           "| request | number | median ms | 99 % ms | most ms |", "|---|--:|--:|--:|--:|"]
    out += [f"| {k} | {v['requests']:,} | {v['median_ms']} | {v['p99_ms']} | {v['most_ms']} |" for k, v in sorted(report["requests"].items())]
    out += ["", "| third of the time | resident, median MiB | resident, most | anonymous, median | held of the budget, median |", "|---|--:|--:|--:|--:|"]
    out += [f"| {i + 1} | {t['rss_median']} | {t['rss_peak']} | {t['anon_median']} | {t['held_median']} |" for i, t in enumerate(report["memory_thirds"])]
    out += ["", f"Growth from the second to the last third: {report['growth_mb']} MiB (allowed: {report['growth_allowed_mb']}). Peak charged to the group: {report['peak_charged_mb']} MiB.",
            f"CPU of the server: {report['server_cpu_s']} s. On disk at the end: {report['disk_mb']} MiB.", ""]
    out += [f"Checked again in whole: {', '.join(f'{k}: {v} failures' for k, v in report['checks_after'].items())}.", ""]
    out += ["Failures:", ""] + [f"- {f}" for f in report["failures"]] if report["failures"] else []
    return "\n".join(out).rstrip() + "\n"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--server", required=True)
    p.add_argument("--scratch", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--minutes", type=float, default=10)
    p.add_argument("--limit-mb", type=int, default=512)
    p.add_argument("--rate", type=float, default=4000, help="lines a second of each writer; 0: as fast as it goes")
    p.add_argument("--pause", type=float, default=0.05, help="seconds a reader rests between two questions")
    p.add_argument("--block", type=int, default=BLOCK, help="lines a request; a multiple of ten")
    p.add_argument("--growth-mb", type=float, default=32)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    globals()["BLOCK"] = a.block
    group = Cgroup(a.limit_mb)
    server = v2bench.Server("mixed", group.inside(a.server), os.path.join(a.scratch, "mixed"))
    server.start()
    server.setup()
    run, samples = Run(a, server), []
    threads = [threading.Thread(target=write, args=(run, i)) for i in range(len(KINDS))] + [threading.Thread(target=read, args=(run, i)) for i in range(8)]
    watcher = threading.Thread(target=watch, args=(run, samples, group.path is None))
    began = time.perf_counter()
    for t in threads + [watcher]:
        t.start()
    run.stop.wait(a.minutes * 60)
    run.stop.set()
    for t in threads + [watcher]:
        t.join()
    took, cpu = time.perf_counter() - began, server.cpu_s() if server.process.poll() is None else None
    took_by_kind, points = {k: quantiles(v) for k, v in run.took.items()}, run.lines
    after = {"at the end": check_everything(run, "at the end")}
    kill(server)
    server.start()
    after["killed and started again"] = check_everything(run, "killed and started again")
    server.stop()
    disk = server.disk_bytes()
    server.start()
    after["stopped and started again"] = check_everything(run, "stopped and started again")
    server.stop()
    parts = thirds(samples)
    growth = round(parts[2]["rss_median"] - parts[1]["rss_median"], 1) if len(parts) == 3 else 0.0
    if growth > a.growth_mb:
        run.fail(f"memory grew by {growth} MiB between the middle and the last third")
    report = dict(minutes=a.minutes, limit_mb=a.limit_mb, limited_by="cgroup" if group.path else "sampled resident memory", failed=run.failed, failures=run.failures,
                  points=points, points_per_second=round(points / took), reads=sum(v["requests"] for k, v in took_by_kind.items() if not k.startswith("write")),
                  answers_503=run.refused, requests=took_by_kind, memory_thirds=parts, memory_by_minute=by_minute(samples), growth_mb=growth, growth_allowed_mb=a.growth_mb,
                  peak_charged_mb=round(group.peak_mb() or 0, 1), server_cpu_s=cpu and round(cpu, 1), disk_mb=round(disk / (1 << 20), 1), checks_after=after)
    with open(a.out, "w") as f:
        json.dump(report, f, indent=1)
    with open(os.path.splitext(a.out)[0] + ".md", "w") as f:
        f.write(markdown(report))
    print(markdown(report))
    group.close()
    sys.exit(1 if run.failed else 0)


if __name__ == "__main__":
    main()
