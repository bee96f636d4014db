"""kill -9 under load: what was acknowledged is there, what was not is either old or new, and the store is whole.

Sixteen workers write, overwrite, copy, delete and complete uploads, each on keys of its own, so that the journal of
a key has one writer. The process is killed at a random moment, started again, and everything is compared. Uploads
stay open over several kills and are completed later, as Hadoop's committers do.

CAIRN_KILLS sets the number of kills, CAIRN_KILL_SEED replays a run's choices (not its timing).
"""

import hashlib
import os
import random
import threading
import time

import pytest

from support.data import MiB
from support.server import Server
from support.small_client import SmallClient, Stepper

KILLS = int(os.environ.get("CAIRN_KILLS", "20"))
SEED = int(os.environ.get("CAIRN_KILL_SEED", random.SystemRandom().randrange(2 ** 32)))
WORKERS = 16
KEYS_PER_WORKER = 24
RESTART_SECONDS_MAX = 2.0
LOAD_SECONDS = (0.15, 1.2)
SIZES = [0, 1, 100, 4096, 4096, 4096, 30_000, 70_000, 300_000, 1 * MiB, 3 * MiB]
BUCKET = "kill"
ABSENT = None
WORDS = random.Random(0).randbytes(8 * MiB)


def digest(content):
    return hashlib.sha256(content).hexdigest()


class Journal:
    """What one key may hold: `known` was acknowledged, `pending` was asked for without an answer."""

    def __init__(self):
        self.known = ABSENT
        self.pending = []
        self.touched = False

    def allowed(self):
        return [self.known, *self.pending]

    def settle(self, seen):
        self.known, self.pending, self.touched = seen, [], False


class Worker(Stepper):
    def __init__(self, number, server, journals, uploads, counts, stop):
        super().__init__(f"worker-{number}", server, SEED * 1000 + number * 7 + counts["kills"] * 131, stop)
        self.number, self.journals, self.uploads, self.counts = number, journals, uploads, counts

    def content(self):
        size = self.choose.choice(SIZES)
        start = self.choose.randrange(len(WORDS) - size + 1)
        return self.choose.randbytes(8)[:size] + WORDS[start:start + max(0, size - 8)]

    def settle(self, journal, new, answer, expected):
        """An answer is an acknowledgement, or a refusal that must have changed nothing; 5xx may be either."""
        if answer.status == expected:
            journal.known, journal.pending = new, []
            self.counts["acknowledged"] += 1
        elif answer.status >= 500:
            self.counts["refused"] += 1
        else:
            raise AssertionError(f"unexpected answer {answer}")

    def step(self, client):
        key = f"{self.number:02d}/{self.choose.randrange(KEYS_PER_WORKER):02d}"
        journal = self.journals[key]
        if journal.pending:
            return  # a 5xx left it open: only a look may settle it
        journal.touched = True
        act = self.choose.choices(["put", "delete", "copy", "multipart", "keep open", "finish", "read"],
                                  [50, 12, 12, 6, 3, 3, 14])[0]
        if act == "put":
            content = self.content()
            journal.pending = [digest(content)]
            self.settle(journal, digest(content), client.put(BUCKET, key, content), 200)
        elif act == "delete":
            journal.pending = [ABSENT]
            self.settle(journal, ABSENT, client.delete(BUCKET, key), 204)
        elif act == "copy":
            source = f"{self.number:02d}/{self.choose.randrange(KEYS_PER_WORKER):02d}"
            held = self.journals[source]
            if source == key or held.pending or held.known is ABSENT:
                return
            journal.pending = [held.known]
            self.settle(journal, held.known, client.copy(BUCKET, source, key), 200)
        elif act in ("multipart", "keep open"):
            pieces = {1: WORDS[:5 * MiB - 8] + self.choose.randbytes(8), 2: self.content()}
            answer, upload = client.create_upload(BUCKET, key)
            if answer.status != 200:
                return self.settle(Journal(), None, answer, 200)
            etags = {}
            for number, piece in pieces.items():
                answer = client.put_part(BUCKET, key, upload, number, piece)
                if answer.status != 200:
                    return self.settle(Journal(), None, answer, 200)
                etags[number] = answer.headers["ETag"]
            whole = digest(b"".join(pieces.values()))
            if act == "keep open":
                self.uploads.append((key, upload, etags, whole))
                self.counts["acknowledged"] += 1
                return
            journal.pending = [whole]
            self.settle(journal, whole, client.complete(BUCKET, key, upload, etags), 200)
        elif act == "finish":
            mine = [entry for entry in self.uploads if entry[0] == key]
            if not mine:
                return
            self.uploads.remove(mine[0])
            _, upload, etags, whole = mine[0]
            journal.pending = [whole]
            self.settle(journal, whole, client.complete(BUCKET, key, upload, etags), 200)
        else:
            self.check(client, key, journal)

    @staticmethod
    def check(client, key, journal):
        answer = client.get(BUCKET, key)
        assert answer.status in (200, 404) or answer.status >= 500, answer
        if answer.status < 500:
            seen = digest(answer.body) if answer.status == 200 else ABSENT
            assert seen in journal.allowed(), f"{key} reads {seen}, allowed is {journal.allowed()}"


def verify(server, journals, everything):
    """Reads each key that was touched since the last look (or all): its content must be one that it may have."""
    client = SmallClient(server)
    listed = client.list(BUCKET)
    read = 0
    for key, journal in journals.items():
        if not (journal.touched or everything):
            assert (key in listed) == (journal.known is not ABSENT), f"{key}: listed {key in listed}, known {journal.known}"
            continue
        answer = client.get(BUCKET, key)
        assert answer.status in (200, 404), (key, answer)
        seen = digest(answer.body) if answer.status == 200 else ABSENT
        assert seen in journal.allowed(), \
            f"{key}: acknowledged {journal.known}, asked for {journal.pending}, but it reads {seen}"
        assert (key in listed) == (seen is not ABSENT), f"{key}: listing and reading differ"
        journal.settle(seen)
        read += 1
    unknown = set(listed) - set(journals)
    assert not unknown, f"keys that nobody wrote: {unknown}"
    client.close()
    return read


@pytest.mark.timeout(max(600, KILLS * 60))
def test_no_acknowledged_write_is_lost(tmp_path, record_property):
    if os.environ.get("CLIENTS_ENDPOINT"):
        pytest.skip("kills the server, and this one is not ours")
    choose = random.Random(SEED)
    print(f"seed {SEED}: CAIRN_KILL_SEED={SEED} CAIRN_KILLS={KILLS}")
    server = Server(tmp_path / "store")
    server.start()
    setup = SmallClient(server)
    setup.expect(200, "PUT", f"/{BUCKET}")
    setup.close()
    journals = {f"{w:02d}/{k:02d}": Journal() for w in range(WORKERS) for k in range(KEYS_PER_WORKER)}
    uploads = [[] for _ in range(WORKERS)]
    counts = {"acknowledged": 0, "refused": 0, "kills": 0}
    restarts, pending, read = [], 0, 0
    try:
        for _ in range(KILLS):
            stop = threading.Event()
            workers = [Worker(number, server, journals, uploads[number], counts, stop) for number in range(WORKERS)]
            for worker in workers:
                worker.start()
            time.sleep(choose.uniform(*LOAD_SECONDS))
            server.kill()
            stop.set()
            for worker in workers:
                worker.join(90)
                assert not worker.is_alive(), f"{worker.name} hangs"
                if worker.failure:
                    raise worker.failure
            counts["kills"] += 1
            pending += sum(bool(journal.pending) for journal in journals.values())
            restarts.append(server.start())
            read += verify(server, journals, everything=False)
        # Uploads that were open over all these kills still complete, with every acknowledged part.
        client, completed = SmallClient(server), 0
        for key, upload, etags, whole in [entry for mine in uploads for entry in mine]:
            answer = client.complete(BUCKET, key, upload, etags)
            assert answer.status == 200, (key, answer)
            assert digest(client.get(BUCKET, key).body) == whole
            journals[key].settle(whole)
            completed += 1
        client.close()
        read += verify(server, journals, everything=True)
        server.stop()
        server.verify()
    except BaseException:
        print(f"seed {SEED}; server log:\n{server.log_tail()}")
        raise
    finally:
        server.kill()
    summary = (f"{counts['kills']} kills, {counts['acknowledged']} acknowledged writes, {pending} in flight at a kill, "
               f"{read} objects read back, {completed} uploads completed after kills, {counts['refused']} answers of 5xx, "
               f"restart {max(restarts):.2f} s at most")
    print(summary)
    record_property("summary", summary)
    assert counts["acknowledged"] >= KILLS * WORKERS, "too little was written for this to mean anything"
    assert pending >= KILLS / 4, "no kill met a write in flight: this proved nothing"
    assert max(restarts) < RESTART_SECONDS_MAX, restarts
    assert counts["refused"] == 0, "a healthy disk, and yet 5xx"


def test_term_finishes_what_is_in_flight(tmp_path):
    """SIGTERM answers the requests that it had read, and everything acknowledged is there after the next start."""
    if os.environ.get("CLIENTS_ENDPOINT"):
        pytest.skip("stops the server, and this one is not ours")
    server = Server(tmp_path / "store")
    server.start()
    setup = SmallClient(server)
    setup.expect(200, "PUT", f"/{BUCKET}")
    journals = {f"{w:02d}/{k:02d}": Journal() for w in range(WORKERS) for k in range(KEYS_PER_WORKER)}
    uploads, counts, stop = [[] for _ in range(WORKERS)], {"acknowledged": 0, "refused": 0, "kills": 0}, threading.Event()
    workers = [Worker(number, server, journals, uploads[number], counts, stop) for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    time.sleep(1.5)
    try:
        server.stop()
        for worker in workers:
            worker.join(90)
            assert not worker.is_alive()
            if worker.failure:
                raise worker.failure
        assert counts["acknowledged"] >= WORKERS
        server.verify()
        server.start()
        verify(server, journals, everything=True)
        server.stop()
    finally:
        stop.set()
        server.kill()
