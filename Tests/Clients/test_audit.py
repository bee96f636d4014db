"""The log of a server that runs: signed, proven and exported while clients write, and verified without the server."""

import json
import os
import subprocess
import threading
import time

import pytest

from conftest import make_client
from support.server import BINARY, Server, clean_environment

pytestmark = pytest.mark.skipif("CLIENTS_ENDPOINT" in os.environ, reason="the commands are those of our own binary")


def cairn(*words, folder=None):
    return subprocess.run(
        [str(BINARY), *map(str, words)], capture_output=True, text=True, timeout=300, env=clean_environment(),
        cwd=folder)


class Writers:
    """Clients that put objects until they are told to stop; each keeps the longest that a PUT took."""

    def __init__(self, store, count=4):
        self.over = threading.Event()
        self.written = [0] * count
        self.longest = [0.0] * count
        self.failures = []
        self.threads = [threading.Thread(target=self.write, args=(store, number)) for number in range(count)]

    def write(self, store, number):
        client = make_client(store)
        try:
            while not self.over.is_set():
                begun = time.monotonic()
                client.put_object(Bucket="bucket", Key=f"w{number}/{self.written[number]}", Body=b"x" * 500)
                self.longest[number] = max(self.longest[number], time.monotonic() - begun)
                self.written[number] += 1
        except Exception as error:  # noqa: BLE001: a writer that fails is the test's failure
            self.failures.append(error)
        finally:
            client.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(60)


@pytest.mark.parametrize("lineage", ["on", "off"])
def test_an_export_of_a_running_server_verifies_offline(tmp_path, lineage):
    store = Server(tmp_path / "store")
    store.start("--lineage", lineage)
    try:
        client = make_client(store)
        client.create_bucket(Bucket="bucket")
        for number in range(600):
            client.put_object(Bucket="bucket", Key=f"k{number}", Body=b"body")
        kept = tmp_path / "kept.checkpoint"
        with Writers(store) as writers:
            time.sleep(0.5)
            first = cairn("audit", "checkpoint", store.data)
            assert first.returncode == 0, first.stderr
            kept.write_text(first.stdout)
            # A relative folder is the client's, not the server's.
            exported = cairn("audit", "export", store.data, "log", "--json", folder=tmp_path)
            assert exported.returncode == 0, exported.stderr
            proof = cairn("audit", "prove", store.data, "s3://bucket/k77")
            assert proof.returncode == 0 and proof.stdout.startswith("c2sp.org/tlog-proof@v1\n"), proof.stderr
            busy = cairn("audit", "verify", store.data)
            assert busy.returncode == 69 and "audit export" in busy.stderr, busy.stderr
        assert not writers.failures and min(writers.written) > 0
        assert max(writers.longest) < 5, writers.longest
        size = int(json.loads(exported.stdout)["checkpoint"].splitlines()[1])
        assert size >= int(first.stdout.splitlines()[1]) >= 601
        client.close()
    finally:
        store.stop()
    offline = cairn("audit", "verify", tmp_path / "log", "--checkpoint", kept, "--json")
    report = json.loads(offline.stdout)
    assert offline.returncode == 0 and report["problems"] == [], offline.stdout
    assert report["entries"] == size
    whole = cairn("audit", "verify", store.data, "--checkpoint", kept)
    assert whole.returncode == 0, whole.stdout


def test_pruning_by_hand_keeps_what_is_in_force_and_every_proof(tmp_path):
    store = Server(tmp_path / "store")
    store.start()
    try:
        client = make_client(store)
        client.create_bucket(Bucket="bucket")
        client.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
        for number in range(50):
            version = client.put_object(Bucket="bucket", Key=f"passing/{number}", Body=b"x")["VersionId"]
            client.delete_object(Bucket="bucket", Key=f"passing/{number}", VersionId=version)
        client.put_object(Bucket="bucket", Key="kept", Body=b"x")
        kept = tmp_path / "kept.checkpoint"
        kept.write_text(cairn("audit", "checkpoint", store.data).stdout)
        assert json.loads(cairn("audit", "prune", store.data, "--json").stdout)["old"] == 0
        assert cairn("audit", "prune", store.data, "--before", "yesterday").returncode == 64
        assert cairn("audit", "prune", store.data, "--before", "2999-01-01").returncode == 64
        time.sleep(1.1)
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        foretold = json.loads(cairn("audit", "prune", store.data, "--before", now, "--dry-run", "--json").stdout)
        assert foretold["isDryRun"] and foretold["pruned"] == 100, foretold
        done = json.loads(cairn("audit", "prune", store.data, "--before", now, "--json").stdout)
        assert done | {"isDryRun": True} == foretold
        assert client.get_object(Bucket="bucket", Key="kept")["Body"].read() == b"x"
        client.close()
    finally:
        store.stop()
    again = json.loads(cairn("audit", "prune", store.data, "--before", now, "--json").stdout)
    assert again["pruned"] == 0 and again["inForce"] == foretold["inForce"], again
    whole = json.loads(cairn("audit", "verify", store.data, "--checkpoint", kept, "--json").stdout)
    assert whole["problems"] == [] and whole["pruned"] == 100, whole
