"""Mixed work for as long as is asked for, with everything going on at once that a store does beside.

    make soak MINUTES=30        or: python soak.py --minutes 30 [--seed N] [--folder DIR]

Sixteen workers write, overwrite, copy, delete and complete uploads (those of test_kill.py); four more make, mark and
destroy versions, and try to destroy locked ones; old objects come of age under a lifecycle rule. Garbage is collected
every few seconds. Between rounds the server is killed, or ended by SIGTERM, or left alone; then everything is compared.

It fails when something acknowledged is lost, something locked or not yet due is gone, `check`, `scrub` or `audit verify`
finds fault, or when memory or descriptors of one process grow from round to round.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import test_kill
from support.data import MiB, md5_base64
from support.server import Server
from support.small_client import SmallClient, Stepper
from test_kill import BUCKET, KEYS_PER_WORKER, WORKERS, Journal, Worker, digest, verify

VERSION_WORKERS = 4
VERSION_KEYS = 6
VERSIONS_MAX = 12
#: A day of lifecycle rules, in seconds, and how many such days an object may be late.
DAY_SECONDS, LATE_DAYS = 10, 6
ROUND_SECONDS = (4, 10)
#: Of one process, from its third round on.
GROWTH_BYTES_MAX, DESCRIPTORS_MAX = 96 * MiB, 40
WARM_ROUNDS = 2
OPTIONS = ["--gc-interval", "3s", "--lifecycle-interval", "2s", "--lifecycle-day-seconds", str(DAY_SECONDS)]

LIFECYCLE = (b"<LifecycleConfiguration><Rule><ID>age</ID><Filter><Prefix>old/</Prefix></Filter><Status>Enabled</Status>"
             b"<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>")
VERSIONING = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


class VersionWorker(Stepper):
    """Versions of keys of its own. `known` are those acknowledged; `open` may be there or not."""

    def __init__(self, number, server, state, seed, stopping):
        super().__init__(f"versions-{number}", server, seed, stopping)
        self.number, self.state = number, state

    def step(self, client):
        key = f"{self.number}/{self.choose.randrange(VERSION_KEYS)}"
        known = self.state.known.setdefault(key, {})
        act = self.choose.choices(["put", "marker", "destroy", "locked", "read"], [40, 10, 25, 10, 15])[0]
        if act == "put" and len(known) < VERSIONS_MAX or not known:
            body = self.choose.randbytes(self.choose.choice([0, 500, 5000, 90_000, 400_000]))
            answer = client.put("versions", key, body)
            assert answer.status == 200, answer
            known[answer.headers["x-amz-version-id"]] = digest(body)
            self.state.count += 1
        elif act == "marker":
            assert client.delete("versions", key).status == 204
            self.state.count += 1
        elif act in ("destroy", "put"):
            version = self.choose.choice(list(known))
            self.state.open[(key, version)] = known.pop(version)
            answer = client.request("DELETE", f"/versions/{key}", {"versionId": version})
            assert answer.status == 204, answer
            del self.state.open[(key, version)]
            self.state.destroyed.append((key, version))
            self.state.count += 1
        elif act == "locked":
            key, version = self.state.locked
            answer = client.request("DELETE", f"/locked/{key}", {"versionId": version})
            assert answer.status == 403, f"what is locked was deleted: {answer}"
        else:
            version = self.choose.choice(list(known))
            answer = client.request("GET", f"/versions/{key}", {"versionId": version})
            assert answer.status == 200 and digest(answer.body) == known[version], (key, version, answer.status)


class Versions:
    def __init__(self):
        self.known, self.open, self.destroyed, self.locked, self.count = {}, {}, [], None, 0

    def verify(self, server, choose):
        client = SmallClient(server)
        read = 0
        for key, known in self.known.items():
            for version, wanted in known.items():
                answer = client.request("GET", f"/versions/{key}", {"versionId": version})
                assert answer.status == 200 and digest(answer.body) == wanted, (key, version, answer.status)
                read += 1
        for (key, version), wanted in list(self.open.items()):
            answer = client.request("GET", f"/versions/{key}", {"versionId": version})
            assert answer.status == 404 or digest(answer.body) == wanted, (key, version, answer)
            if answer.status == 200:
                self.known[key][version] = wanted
        self.open.clear()
        for key, version in choose.sample(self.destroyed, min(50, len(self.destroyed))):
            answer = client.request("GET", f"/versions/{key}", {"versionId": version})
            assert answer.status == 404, f"what was destroyed is back: {key} {version} {answer.status}"
        del self.destroyed[:-1000]
        key, version = self.locked
        assert client.request("GET", f"/locked/{key}", {"versionId": version}).status == 200, "what is locked is gone"
        client.close()
        return read


class Ages:
    """Objects that a rule lets go: none before its time, each not long after."""

    def __init__(self):
        self.written, self.number, self.gone = {}, 0, 0

    def write(self, client):
        for prefix in ("old", "kept"):
            key = f"{prefix}/{self.number}"
            if client.put("ages", key, b"x" * 2000).status == 200:
                self.written[key] = time.monotonic()
        self.number += 1

    def verify(self, client):
        listed = set(client.list("ages"))
        now = time.monotonic()
        for key, when in list(self.written.items()):
            # A rule's day ends at a border of days, so at least one whole day passes.
            if key not in listed:
                assert key.startswith("old/") and now - when >= DAY_SECONDS, f"{key} went after {now - when:.0f} s"
                del self.written[key]
                self.gone += 1
            elif key.startswith("old/"):
                assert now - when < DAY_SECONDS * LATE_DAYS, f"{key} is still there after {now - when:.0f} s"


def prepare(server, versions):
    client = SmallClient(server)
    for bucket in (BUCKET, "versions", "ages"):
        client.expect(200, "PUT", f"/{bucket}")
    client.expect(200, "PUT", "/versions", {"versioning": ""}, body=VERSIONING)
    client.expect(200, "PUT", "/ages", {"lifecycle": ""}, body=LIFECYCLE,
                  headers={"content-md5": md5_base64(LIFECYCLE)})
    client.expect(200, "PUT", "/locked", headers={"x-amz-bucket-object-lock-enabled": "true"})
    body = b"under lock"
    answer = client.expect(200, "PUT", "/locked/k", headers={
        "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": "2099-01-01T00:00:00Z",
        "content-md5": md5_base64(body)}, body=body)
    versions.locked = ("k", answer.headers["x-amz-version-id"])
    client.close()


class Soak:
    def __init__(self, folder, seed):
        test_kill.SEED = seed
        self.seed, self.choose = seed, random.Random(seed)
        self.server = Server(Path(folder) / "store")
        self.journals = {f"{w:02d}/{k:02d}": Journal() for w in range(WORKERS) for k in range(KEYS_PER_WORKER)}
        self.uploads = [[] for _ in range(WORKERS)]
        self.counts = {"acknowledged": 0, "refused": 0, "kills": 0, "stops": 0, "rounds": 0, "read": 0}
        self.versions, self.ages = Versions(), Ages()
        self.restarts, self.samples = [], []

    def work(self, kills):
        """A round of load; with `kills` the process ends in the midst of it."""
        stop, life = threading.Event(), self.counts["rounds"]
        self.counts_of_workers = {"acknowledged": 0, "refused": 0, "kills": life}
        workers = [Worker(n, self.server, self.journals, self.uploads[n], self.counts_of_workers, stop)
                   for n in range(WORKERS)]
        workers += [VersionWorker(n, self.server, self.versions, f"{self.seed}/{life}/{n}", stop)
                    for n in range(VERSION_WORKERS)]
        for worker in workers:
            worker.start()
        client, end = SmallClient(self.server), time.monotonic() + self.choose.uniform(*ROUND_SECONDS)
        while time.monotonic() < end:
            self.ages.write(client)
            time.sleep(0.2)
        client.close()
        if kills:
            self.server.kill()
        stop.set()
        for worker in workers:
            worker.join(90)
            assert not worker.is_alive(), f"{worker.name} hangs"
            if worker.failure:
                raise worker.failure
        for name in ("acknowledged", "refused"):
            self.counts[name] += self.counts_of_workers[name]

    def round(self):
        ending = self.choose.choices(["on", "kill", "stop"], [60, 30, 10])[0]
        self.work(kills=ending == "kill")
        if ending == "kill":
            self.counts["kills"] += 1
        if ending == "stop":
            self.server.stop()
            self.counts["stops"] += 1
            self.server.verify()
            self.server.command("audit", "checkpoint", self.server.data)
            self.server.command("audit", "verify", self.server.data)
        if ending != "on":
            self.restarts.append(self.server.start(*OPTIONS))
            self.samples = []
        self.counts["read"] += verify(self.server, self.journals, everything=self.counts["rounds"] % 5 == 4)
        self.counts["read"] += self.versions.verify(self.server, self.choose)
        client = SmallClient(self.server)
        self.ages.verify(client)
        client.close()
        if self.counts["rounds"] % 5 == 4:
            self.server.command("check", self.server.data)
            self.server.command("scrub", self.server.data)
        self.counts["rounds"] += 1
        self.weigh()

    def weigh(self):
        self.samples.append((self.server.resident_bytes(), self.server.descriptors()))
        if len(self.samples) <= WARM_ROUNDS + 1:
            return
        first, last = self.samples[WARM_ROUNDS], self.samples[-1]
        assert last[0] - first[0] < GROWTH_BYTES_MAX, f"memory grows: {[s[0] // MiB for s in self.samples]} MiB"
        assert last[1] - first[1] < DESCRIPTORS_MAX, f"descriptors grow: {[s[1] for s in self.samples]}"

    def run(self, minutes):
        end, told = time.monotonic() + minutes * 60, 0
        self.server.start(*OPTIONS)
        try:
            prepare(self.server, self.versions)
            while time.monotonic() < end or self.counts["rounds"] < 3:
                self.round()
                if time.monotonic() - told > 60:
                    told = time.monotonic()
                    print(self.summary(), flush=True)
            self.server.stop()
            self.server.verify()
            self.server.command("audit", "checkpoint", self.server.data)
            self.server.command("audit", "verify", self.server.data)
        except BaseException:
            print(f"seed {self.seed}; server log:\n{self.server.log_tail()}", file=sys.stderr)
            raise
        finally:
            self.server.kill()
        assert self.counts["refused"] == 0, "a healthy disk, and yet 5xx"

    def summary(self):
        memory = f"{self.samples[-1][0] // MiB} MiB, {self.samples[-1][1]} descriptors" if self.samples else ""
        restart = f", restart {max(self.restarts):.2f} s at most" if self.restarts else ""
        return (f"{self.counts['rounds']} rounds, {self.counts['kills']} kills, {self.counts['stops']} stops{restart}; "
                f"{self.counts['acknowledged'] + self.versions.count} acknowledged changes, {self.counts['read']} contents "
                f"compared, {self.ages.gone} came of age; {memory}")


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2 ** 32))
    options.add_argument("--folder", help="where the store is made; a temporary folder otherwise")
    chosen = options.parse_args()
    print(f"soak: seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="cairn-soak-", dir=chosen.folder) as folder:
        soak = Soak(folder, chosen.seed)
        soak.run(chosen.minutes)
        print(f"soak: all is well. {soak.summary()}")


if __name__ == "__main__":
    main()
