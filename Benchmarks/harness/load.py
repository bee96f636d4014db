"""Runs loadgen.c, which it compiles on first use, and turns its answer into a record of one measurement."""

import json
import os
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "loadgen.c"
MiB = 1 << 20

_seed = 0


class Load:
    def __init__(self, scratch):
        self.scratch = Path(scratch)
        self.binary = self.scratch / "loadgen"
        if not self.binary.exists() or self.binary.stat().st_mtime < SOURCE.stat().st_mtime:
            subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", str(self.binary), str(SOURCE)], check=True)

    def run(self, target, method, targets, connections=1, seconds=3.0, count=None, once=False, body=0, ranges=None,
            headers=(), entity_tags=False, timeout=60):
        """`ranges` is (size of the object, bytes a request): each request asks for a random range."""
        global _seed
        _seed += 1
        urls = self.scratch / f"urls-{target.name}"
        urls.write_text("\n".join(targets) + "\n")
        words = [str(self.binary), "-a", target.netloc, "-u", str(urls), "-m", method, "-c", str(connections),
                 "-d", str(seconds), "-s", str(_seed), "-x", str(int(timeout * 1000))]
        words += ["-n", str(count)] if count else []
        words += ["-1"] if once else []
        words += ["-b", str(body)] if body else []
        words += ["-r", f"{ranges[0]}:{ranges[1]}"] if ranges else []
        for header in headers:
            words += ["-H", header]
        words += ["-E"] if entity_tags else []
        done = subprocess.run(words, capture_output=True, text=True, timeout=seconds + timeout + 120)
        urls.unlink()
        if done.returncode:
            raise RuntimeError(f"loadgen: {done.stderr.strip()[:300]}")
        answer = json.loads(done.stdout)
        answer["bad"] = answer["done"] - answer["ok"] + answer["err_io"] + answer["err_timeout"] + answer["err_conn"]
        return answer


def record(answer, object_bytes=None, body_bytes=None, statuses=None):
    """One measurement. Wrong lengths or statuses make it an error, however fast it was."""
    entry = {"ok": answer["ok"], "done": answer["done"], "rate": answer["ops"], "p50": answer["lat_ms"]["p50"],
             "p99": answer["lat_ms"]["p99"], "errors": answer["bad"], "first_error": answer["first_error"]}
    if object_bytes:
        entry["rate"] = answer["ops"] * object_bytes / MiB
    if body_bytes is not None and answer["ok"] and not answer["min_body"] == answer["max_body"] == body_bytes:
        entry["errors"] = max(entry["errors"], 1)
        entry["first_error"] = f"bodies of {answer['min_body']} to {answer['max_body']} bytes, not {body_bytes}"
    if statuses and set(answer["status"]) - statuses:
        entry["errors"] = max(entry["errors"], 1)
        entry["first_error"] = entry["first_error"] or f"statuses {answer['status']}"
    return entry
