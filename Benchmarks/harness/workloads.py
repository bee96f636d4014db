"""What is measured. Each workload prepares itself outside the clock and returns the function that is timed.

Names and sizes are those of the table in docs/PERFORMANCE.md, so that a row can be run again alone.
"""

import http.client
import random
import re
import statistics
import time

from harness.load import MiB, record


class Sizes:
    def __init__(self, quick):
        self.small_objects = 500 if quick else 10_000
        self.small_bytes = 4096
        self.listed_keys = 2000 if quick else 20_000
        self.prefixes = 20 if quick else 200
        self.large_bytes = 8 * MiB if quick else 64 * MiB
        self.ranged_bytes = 32 * MiB if quick else 256 * MiB
        self.range_bytes = 64 * 1024
        self.part_bytes = 5 * MiB if quick else 16 * MiB
        self.parts = 3 if quick else 8
        self.copies = 200

    def small_keys(self):
        return [f"g/{number % 100:02d}/{number:05d}" for number in range(self.small_objects)]

    def large_keys(self):
        return [f"big/{number}" for number in range(4)]


class Context:
    """What one run knows: sizes, the load generator, where in the run we are, and what was written for DELETE."""

    def __init__(self, load, sizes, seconds, puts_max):
        self.load, self.sizes, self.seconds, self.puts_max = load, sizes, seconds, puts_max
        self.round = 0
        self.written = {}
        self.run_name = f"{int(time.time()):x}"       # keys of a run are new: no measurement overwrites another's


def put_small(connections):
    def prepare(target, context):
        prefix = f"w{context.run_name}r{context.round}c{connections}"
        keys = [f"{prefix}/{number % 100:02d}/{number:06d}" for number in range(context.puts_max)]
        targets = target.presign_many("PUT", "bench", keys)

        def measure():
            answer = context.load.run(target, "PUT", targets, connections, context.seconds, once=True,
                                      body=context.sizes.small_bytes)
            if connections > 1:
                context.written[target.name] = keys[:answer["issued"]]
            return record(answer)
        return measure
    return prepare


def get_small(connections):
    def prepare(target, context):
        keys = context.sizes.small_keys()
        random.Random(context.round * 100 + connections).shuffle(keys)
        targets = target.presign_many("GET", "bench", keys)
        context.load.run(target, "GET", targets, 32, 4, once=True)           # everything into the page cache
        return lambda: record(context.load.run(target, "GET", targets, connections, context.seconds),
                              body_bytes=context.sizes.small_bytes)
    return prepare


def head_small(target, context):
    targets = target.presign_many("HEAD", "bench", context.sizes.small_keys())
    context.load.run(target, "HEAD", targets, 32, 2, once=True)
    return lambda: record(context.load.run(target, "HEAD", targets, 32, context.seconds))


def get_ranges(target, context):
    sizes, targets = context.sizes, target.presign_many("GET", "bench", ["range"])
    ranges = (sizes.ranged_bytes, sizes.range_bytes)
    context.load.run(target, "GET", targets, 1, 30, count=1)
    return lambda: record(context.load.run(target, "GET", targets, 16, context.seconds, ranges=ranges),
                          body_bytes=sizes.range_bytes, statuses={"206"})


def get_large(target, context):
    targets = target.presign_many("GET", "bench", context.sizes.large_keys())
    context.load.run(target, "GET", targets, 2, 30, once=True)
    return lambda: record(context.load.run(target, "GET", targets, 4, context.seconds), context.sizes.large_bytes,
                          context.sizes.large_bytes)


def put_large(target, context):
    targets = target.presign_many("PUT", "bench", [f"bigput/{number}" for number in range(4)])
    return lambda: record(context.load.run(target, "PUT", targets, 2, context.seconds + 1, count=12,
                                           body=context.sizes.large_bytes, timeout=120), context.sizes.large_bytes)


def multipart(target, context):
    """Create, parts in parallel, complete: one operation is one whole upload."""
    if target.static:
        return None
    s3, sizes = target.client(), context.sizes

    def measure():
        latencies, errors, first = [], 0, ""
        for number in range(3):
            key, begun = f"mput/{number}", time.monotonic()
            upload = s3.create_multipart_upload(Bucket="bench", Key=key)["UploadId"]
            targets = [target.presign("PUT", f"/bench/{key}", {"partNumber": part + 1, "uploadId": upload})
                       for part in range(sizes.parts)]
            answer = context.load.run(target, "PUT", targets, sizes.parts, 60, once=True, body=sizes.part_bytes,
                                      entity_tags=True, timeout=120)
            errors, first = errors + answer["bad"], first or answer["first_error"]
            s3.complete_multipart_upload(Bucket="bench", Key=key, UploadId=upload, MultipartUpload={"Parts": [
                {"PartNumber": part + 1, "ETag": f'"{tag}"'} for part, tag in enumerate(answer["etags"])]})
            latencies.append((time.monotonic() - begun) * 1000)
            if s3.head_object(Bucket="bench", Key=key)["ContentLength"] != sizes.parts * sizes.part_bytes:
                errors, first = errors + 1, first or "wrong length after completion"
        moved = len(latencies) * sizes.parts * sizes.part_bytes / MiB
        return {"ok": len(latencies), "done": len(latencies), "rate": moved / (sum(latencies) / 1000),
                "p50": statistics.median(latencies), "p99": max(latencies), "errors": errors, "first_error": first}
    return measure


def copy_large(target, context):
    sizes, source = context.sizes, "/bench/big/0"
    if target.static:
        headers = [f"Destination: {target.url}/bench/big/copied"]
        return lambda: record(context.load.run(target, "COPY", [source], 1, context.seconds, count=8, headers=headers))
    targets = [target.presign("PUT", f"/bench/copy/{number}", headers={"x-amz-copy-source": source})
               for number in range(sizes.copies)]

    def measure():
        answer = context.load.run(target, "PUT", targets, 1, context.seconds, headers=[f"x-amz-copy-source: {source}"],
                                  timeout=120)
        entry = record(answer)
        copied = target.client().head_object(Bucket="bench", Key="copy/0")["ContentLength"]
        if copied != sizes.large_bytes:
            entry["errors"], entry["first_error"] = max(1, entry["errors"]), f"the copy has {copied} bytes"
        return entry
    return measure


def _list_once(target, connection, bucket, delimiter, latencies):
    keys = prefixes = 0
    token = None
    while True:
        query = {"list-type": "2", "max-keys": "1000"} | ({"delimiter": delimiter} if delimiter else {})
        query |= {"continuation-token": token} if token else {}
        address = target.presign("GET", f"/{bucket}", query)
        begun = time.monotonic()
        connection.request("GET", address)
        answer = connection.getresponse()
        page = answer.read()
        latencies.append((time.monotonic() - begun) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"listing answered {answer.status} {page[:200]!r}")
        keys, prefixes = keys + page.count(b"<Key>"), prefixes + page.count(b"<CommonPrefixes>")
        if b"<IsTruncated>true" not in page:
            return keys, prefixes
        token = re.search(rb"<NextContinuationToken>(.*?)</NextContinuationToken>", page).group(1).decode()
        for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&")):
            token = token.replace(escaped, plain)


def listing(bucket, delimiter):
    """The rate is in keys a second, seen or folded into a prefix; an operation is one page."""
    def prepare(target, context):
        if target.static:
            return None
        sizes = context.sizes
        expected = (0, sizes.prefixes) if delimiter else (sizes.listed_keys, 0)
        connection = http.client.HTTPConnection(target.host, target.port, timeout=60)
        _list_once(target, connection, bucket, delimiter, [])

        def measure():
            latencies, total, errors, first, waited = [], 0, 0, "", 0.0
            begun = time.monotonic()
            while time.monotonic() - begun < context.seconds:
                seen = _list_once(target, connection, bucket, delimiter, latencies)
                if seen != expected:
                    errors, first = errors + 1, f"the listing gave {seen[0]} keys and {seen[1]} prefixes"
                total += sizes.listed_keys
            # The client's own signing and counting is left out: it would hide the server's speed.
            waited = sum(latencies) / 1000
            latencies.sort()
            return {"ok": len(latencies), "done": len(latencies), "rate": total / waited,
                    "p50": latencies[len(latencies) // 2], "p99": latencies[int((len(latencies) - 1) * 0.99)],
                    "errors": errors, "first_error": first}
        return measure
    return prepare


def delete_small(target, context):
    keys = context.written.get(target.name)
    if not keys:
        return None
    targets = target.presign_many("DELETE", "bench", keys)
    return lambda: record(context.load.run(target, "DELETE", targets, 32, context.seconds, once=True))


class Workload:
    def __init__(self, prepare, title, unit, goal=None, against="peer"):
        """`goal`: the ratio that Cairn is to reach, against the best peer, nginx ("static"), or as a plain figure."""
        self.prepare, self.title, self.unit, self.goal, self.against = prepare, title, unit, goal, against


WORKLOADS = {
    "put4k-c1": Workload(put_small(1), "PUT 4 KiB, 1 client", "op/s", 1),
    "put4k-c32": Workload(put_small(32), "PUT 4 KiB, 32 clients", "op/s", 4),
    "get4k-c1": Workload(get_small(1), "GET 4 KiB, 1 client", "op/s", 0.9, "static"),
    "get4k-c32": Workload(get_small(32), "GET 4 KiB, 32 clients", "op/s", 0.95, "static"),
    "head4k-c32": Workload(head_small, "HEAD, 32 clients", "op/s", 4),
    "get64k-range-c16": Workload(get_ranges, "random 64 KiB ranges, 16 clients", "op/s", 0.9, "static"),
    "get64m-c4": Workload(get_large, "GET 64 MiB, 4 clients", "MB/s", 1, "all"),
    "put64m-c2": Workload(put_large, "PUT 64 MiB, 2 clients", "MB/s", 1.25),
    "mput-8x16m": Workload(multipart, "multipart 8 × 16 MiB", "MB/s", 1.25),
    "copy64m-c1": Workload(copy_large, "CopyObject 64 MiB", "op/s", 5000, "figure"),
    "list-flat-20k": Workload(listing("benchflat", ""), "ListObjectsV2, 20,000 keys", "keys/s", 1_000_000, "figure"),
    "list-delim-20k": Workload(listing("benchtree", "/"), "ListObjectsV2, 200 prefixes", "keys/s"),
    "delete-c32": Workload(delete_small, "DELETE, 32 clients", "op/s", 2),
}
