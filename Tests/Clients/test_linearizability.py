"""Concurrent clients on few keys: every key behaves as a register, over restarts too.

Sixteen clients read, write, delete, and write and delete on conditions (If-None-Match, If-Match); times of asking and
answering are noted, and each key's history is checked (support/linearizability.py). In some histories the server is
killed and started again: what had no answer then may have happened or not.

CAIRN_HISTORIES and CAIRN_HISTORY_OPERATIONS set how many there are and how long; CAIRN_HISTORY_SEED replays choices.
"""

import hashlib
import math
import os
import random
import threading
import time
import zlib

import pytest

from support.linearizability import ABSENT, ANYTHING, Operation, is_linearizable
from support.server import Server
from support.small_client import Broken, SmallClient

HISTORIES = int(os.environ.get("CAIRN_HISTORIES", "12"))
OPERATIONS = int(os.environ.get("CAIRN_HISTORY_OPERATIONS", "1000"))
SEED = int(os.environ.get("CAIRN_HISTORY_SEED", random.SystemRandom().randrange(2 ** 32)))
CLIENTS = 16
KEYS = ["a", "b", "c/d", "c/e", "f"]
#: Small content is committed with others, large content goes its own way.
SIZES = [0, 100, 4096, 200_000]


def content(name):
    return name.encode().ljust(max(len(name), SIZES[zlib.crc32(name.encode()) % len(SIZES)]), b".")


def tag(name):
    return f'"{hashlib.md5(content(name)).hexdigest()}"'


class StaleClient(SmallClient):
    """A client with a fault: now and then it answers a read with what it had read of the key before."""

    def __init__(self, server):
        super().__init__(server)
        self.before, self.count = {}, 0

    def request(self, method, path, query=(), headers=(), body=b""):
        answer = super().request(method, path, query, headers, body)
        if method == "GET" and answer.status in (200, 404):
            self.count += 1
            old, self.before[path] = self.before.get(path, answer), answer
            if self.count % 5 == 0:
                return old
        return answer


class Worker(threading.Thread):
    def __init__(self, number, seed, server, bucket, count, history, seen, make=SmallClient):
        super().__init__(daemon=True, name=f"client-{number}")
        self.choose = random.Random(f"{seed}/{number}")
        self.number, self.server, self.bucket, self.count = number, server, bucket, count
        self.history, self.seen, self.make, self.failure = history, seen, make, None

    def run(self):
        client = self.make(self.server)
        try:
            for step in range(self.count):
                self.step(client, step)
        except Broken:
            pass  # the server was killed; what was asked for is noted as unknown
        except BaseException as error:
            self.failure = error
        finally:
            client.close()

    def step(self, client, step):
        key = self.choose.choice(KEYS)
        path = f"/{self.bucket}/{key}"
        kind, expects, headers, body, name = "get", ANYTHING, {}, b"", ABSENT
        act = self.choose.choices(["get", "put", "create", "swap", "delete", "take"], [35, 20, 12, 18, 8, 7])[0]
        if act in ("put", "create", "swap"):
            kind, name = "put", f"{self.server.starts}-{self.number}-{step}-{self.choose.randrange(10 ** 9)}"
            body = content(name)
        if act in ("delete", "take"):
            kind = "delete"
        if act == "create":
            expects, headers = ABSENT, {"if-none-match": "*"}
        if act in ("swap", "take"):
            expects = self.seen.get(key, ABSENT)
            if expects is ABSENT:
                return  # nothing is known that it could be swapped for
            headers = {"if-match": tag(expects)}
        asked = time.monotonic_ns()
        try:
            answer = client.request({"get": "GET", "put": "PUT", "delete": "DELETE"}[kind], path, (), headers, body)
        except Broken:
            self.note(key, kind, asked, math.inf, name, expects, None)
            raise
        answered = time.monotonic_ns()
        if kind == "get":
            assert answer.status in (200, 404), answer
            name = answer.body.rstrip(b".").decode() if answer.status == 200 else ABSENT
            assert name is ABSENT or answer.body == content(name), "a torn read"
            self.seen[key] = name
            self.note(key, kind, asked, answered, name, ANYTHING, True)
        elif answer.status in (200, 204):
            self.seen[key] = name
            self.note(key, kind, asked, answered, name, expects, True)
        elif answer.status == 412 or answer.status == 404 and expects is not ANYTHING:
            self.note(key, kind, asked, answered, name, expects, False)
        else:
            # It raced with another one and changed nothing; when the store does not say so, nobody knows.
            assert answer.status == 409 and expects is not ANYTHING, answer

    def note(self, key, kind, asked, answered, value, expects, succeeded):
        self.history.append((key, Operation(kind, asked, answered, value, expects, succeeded)))


def run_history(server, bucket, seed, operations, make=SmallClient, kills=0):
    """Lets the clients work; returns key → operations."""
    history, seen = [], {}
    choose = random.Random(f"{seed}/kills")
    for life in range(kills + 1):
        share = operations // CLIENTS // (kills + 1)
        workers = [Worker(number, f"{seed}/{life}", server, bucket, share if life == kills else share * 20, history, seen,
                          make) for number in range(CLIENTS)]
        for worker in workers:
            worker.start()
        if life < kills:
            time.sleep(choose.uniform(0.1, 0.6))
            server.kill()
        for worker in workers:
            worker.join(120)
            assert not worker.is_alive(), f"{worker.name} hangs"
            if worker.failure:
                raise worker.failure
        if life < kills:
            server.start()
            server.starts += 1
    return {key: [operation for other, operation in history if other == key] for key in KEYS}


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    if os.environ.get("CLIENTS_ENDPOINT"):
        pytest.skip("kills the server, and this one is not ours")
    server = Server(tmp_path_factory.mktemp("store"))
    server.starts = 0
    server.start()
    try:
        yield server
        server.stop()
        server.verify()
    finally:
        server.kill()
        server.remove()


def make_bucket(server, name, versioned):
    client = SmallClient(server)
    client.expect(200, "PUT", f"/{name}")
    if versioned:
        body = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        client.expect(200, "PUT", f"/{name}", {"versioning": ""}, body=body)
    client.close()
    return name


@pytest.mark.timeout(max(300, HISTORIES * 60))
@pytest.mark.parametrize("kills", [0, 2], ids=["calm", "killed"])
def test_every_key_is_a_register(machine, kills, record_property):
    counts = {"operations": 0, "refused": 0, "unknown": 0}
    for number in range(max(1, HISTORIES // 2)):
        seed = f"{SEED}/{kills}/{number}"
        bucket = make_bucket(machine, f"lin-{kills}-{number}", versioned=number % 2 == 1)
        histories = run_history(machine, bucket, seed, OPERATIONS, kills=kills)
        for key, operations in histories.items():
            counts["operations"] += len(operations)
            counts["refused"] += sum(each.succeeded is False for each in operations)
            counts["unknown"] += sum(each.succeeded is None for each in operations)
            assert is_linearizable(operations), \
                f"CAIRN_HISTORY_SEED={SEED}: no order explains key {key} of {bucket}:\n" + "\n".join(
                    map(str, sorted(operations, key=lambda each: each.asked)))
    summary = ", ".join(f"{count} {what}" for what, count in counts.items())
    print(summary)
    record_property("summary", summary)
    assert counts["refused"] > 0, "no condition ever failed: nothing was contended"
    if kills:
        assert counts["unknown"] > 0, "no kill met a request in flight"


def test_a_client_that_reads_stale_values_is_caught(machine):
    bucket = make_bucket(machine, "lin-stale", versioned=False)
    histories = run_history(machine, bucket, f"{SEED}/stale", OPERATIONS, make=StaleClient)
    assert not all(is_linearizable(operations) for operations in histories.values())


def put(value, asked, answered, expects=ANYTHING, succeeded=True):
    return Operation("put", asked, answered, value, expects, succeeded)


def get(value, asked, answered):
    return Operation("get", asked, answered, value)


def delete(asked, answered, expects=ANYTHING, succeeded=True):
    return Operation("delete", asked, answered, ABSENT, expects, succeeded)


@pytest.mark.parametrize("fits, operations", [
    (True, []),
    (True, [get(ABSENT, 0, 1), put("x", 2, 3), get("x", 4, 5), delete(6, 7), get(ABSENT, 8, 9)]),
    # Concurrent with a write, a read may see either; two reads one after the other may not see them the wrong way round.
    (True, [put("x", 0, 10), get(ABSENT, 1, 2), get("x", 3, 4)]),
    (False, [put("x", 0, 10), get("x", 1, 2), get(ABSENT, 3, 4)]),
    (False, [put("x", 0, 1), get(ABSENT, 2, 3)]),
    (False, [put("x", 0, 1), put("y", 2, 3), get("x", 4, 5)]),
    (False, [get("never", 0, 1)]),
    # Of two that create, one does; a swap that was acknowledged found what it was asked to find.
    (True, [put("x", 0, 5, ABSENT), put("y", 1, 6, ABSENT, False), get("x", 7, 8)]),
    (False, [put("x", 0, 5, ABSENT), put("y", 1, 6, ABSENT)]),
    (True, [put("x", 0, 1), put("y", 2, 6, "x"), put("z", 3, 7, "x", False), get("y", 8, 9)]),
    (False, [put("x", 0, 1), put("y", 2, 6, "x"), put("z", 3, 7, "x"), get("z", 8, 9)]),
    # A refusal needs a moment in which the condition did not hold.
    (False, [put("x", 0, 1), put("y", 2, 3, "x", False)]),
    (False, [put("x", 0, 1), delete(2, 3, "x", False)]),
    # Without an answer it happened later, or never, but not before it was asked for.
    (True, [put("x", 0, 1), put("y", 2, math.inf, succeeded=None), get("x", 3, 4), get("y", 5, 6)]),
    (True, [put("x", 0, 1), put("y", 2, math.inf, succeeded=None), get("x", 3, 4), get("x", 5, 6)]),
    (False, [put("x", 0, 1), put("y", 2, math.inf, succeeded=None), get("y", 3, 4), get("x", 5, 6)]),
    (False, [put("x", 0, 1), get("y", 2, 3), put("y", 4, math.inf, succeeded=None)]),
])
def test_the_checker_knows_what_a_register_does(fits, operations):
    assert is_linearizable(operations) == fits
