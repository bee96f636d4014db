#!/usr/bin/env python3
"""Cairn against its peers on this machine, in one run; prints Markdown.

Every workload runs on every server in turn, round after round, each round in another order, so that drift of the
machine hits all alike. What counts is the ratio within a run and the CPU time an operation, not the absolute rate.

Cairn syncs data and metadata to disk before it acknowledges a PUT. SeaweedFS, rclone and nginx do not: their figures
for PUT are those of the page cache.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from harness import prepare, report
from harness.load import Load, MiB
from harness.meter import Meter
from harness.servers import Servers
from harness.workloads import WORKLOADS, Context, Sizes

SETTLE_SECONDS = 0.15


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default="cairn,seaweedfs,rclone,nginx", help="names, comma-separated")
    parser.add_argument("--only", help="workloads, comma-separated: " + ", ".join(WORKLOADS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one measurement")
    parser.add_argument("--puts-max", type=int, default=20_000, help="most objects that one PUT measurement writes")
    parser.add_argument("--quick", action="store_true", help="small data, one short round: does it all work?")
    parser.add_argument("--folder", help="where the servers keep their data (default: a temporary folder)")
    parser.add_argument("--json", help="write every single measurement to this file")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds, chosen.puts_max = 1, 0.5, 2000
    chosen.workloads = chosen.only.split(",") if chosen.only else list(WORKLOADS)
    unknown = set(chosen.workloads) - set(WORKLOADS)
    if unknown:
        parser.error(f"unknown workloads: {', '.join(sorted(unknown))}")
    return chosen


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(target, name, context):
    """One measurement, or None where the workload does not apply to the server."""
    go = WORKLOADS[name].prepare(target, context)
    if go is None:
        return None
    os.sync()                                   # what the last one left dirty is not this one's load
    time.sleep(SETTLE_SECONDS)
    with Meter(target) as meter:
        entry = go()
    entry["cpu_us"] = meter.cpu_seconds * 1e6 / entry["done"] if entry["done"] else None
    entry["peak_mb"], entry["foreign"] = meter.peak_bytes / MiB, meter.foreign_share
    return entry


def run(chosen, targets, context):
    entries, failed = [], set()
    for round_number in range(chosen.rounds):
        context.round = round_number
        order = targets[round_number % len(targets):] + targets[:round_number % len(targets)]
        for name in chosen.workloads:
            line = []
            for target in order if round_number % 2 == 0 else order[::-1]:
                if (target.name, name) in failed:
                    continue
                try:
                    entry = measure(target, name, context)
                except Exception as error:  # a server that breaks is a result, not the end of the run
                    failed.add((target.name, name))
                    say(f"  {name} on {target.name}: {str(error)[:300]}")
                    entry = {"rate": None, "p99": None, "cpu_us": None, "errors": 1, "first_error": str(error)[:300]}
                if entry is None:
                    continue
                entries.append(entry | {"workload": name, "target": target.name, "round": round_number})
                trouble = f" ({entry['errors']} errors: {entry['first_error'][:100]})" if entry["errors"] else ""
                line.append(f"{target.name} {report.number(entry['rate'])}{trouble}")
            say(f"round {round_number + 1} {name} [{WORKLOADS[name].unit}]: {', '.join(line)}")
    return entries


def main():
    chosen = arguments()
    scratch = Path(chosen.folder or tempfile.mkdtemp(prefix="cairn-bench-"))
    scratch.mkdir(parents=True, exist_ok=True)
    servers, sizes = Servers(scratch), Sizes(chosen.quick)
    context = Context(Load(scratch), sizes, chosen.seconds, chosen.puts_max)
    begun, targets = time.time(), []
    try:
        for name in chosen.servers.split(","):
            say(f"starting and filling {name}")
            target = servers.start(name)
            prepare.fill(target, context.load, sizes)
            targets.append(target)
        entries = run(chosen, targets, context)
    finally:
        servers.stop()
        if not chosen.folder:
            import shutil
            shutil.rmtree(scratch, ignore_errors=True)
    if chosen.json:
        Path(chosen.json).write_text(json.dumps({"servers": [target.name for target in targets], "entries": entries}, indent=1))
    foreign = max((entry.get("foreign", 0) for entry in entries), default=0)
    print(f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime(begun))} UTC, {os.cpu_count()} processors, Linux {os.uname().release}, "
          f"{chosen.rounds} rounds of {chosen.seconds} s; other processes took up to {foreign:.0%} of the machine.\n")
    for target in targets:
        print(f"- {target.name}: {'; '.join(target.notes) or 'all functional checks passed'}")
    print("\n" + report.tables(report.Results(entries)))


if __name__ == "__main__":
    main()
