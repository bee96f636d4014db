"""A full disk: writes are refused in words, everything else works at no free byte, and space comes back without a
restart. The disk is a small tmpfs of the test's own.
"""

import os
import subprocess
import time

import pytest

from support.data import MiB, md5_text, noise
from support.server import Server
from support.small_client import SmallClient

DISK_BYTES = 192 * MiB
OBJECT_BYTES = 4 * MiB
CYCLES = int(os.environ.get("CAIRN_FULL_DISK_CYCLES", "3"))
RECOVERY_SECONDS_MAX = 60


@pytest.fixture
def small_disk(tmp_path):
    if os.environ.get("CLIENTS_ENDPOINT"):
        pytest.skip("needs a server on a disk of the test's own")
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(place)], capture_output=True,
                             text=True)
    if mounted.returncode:
        pytest.skip(f"mount is not allowed here: {mounted.stderr.strip()}")
    yield place
    for _ in range(20):
        if subprocess.run(["umount", str(place)], capture_output=True).returncode == 0:
            return
        time.sleep(0.2)
    subprocess.run(["umount", "-l", str(place)], check=True)


def free_bytes(place):
    status = os.statvfs(place)
    return status.f_bavail * status.f_frsize


def fill(client, stored, cycle):
    """Writes until a write is refused; returns the refusal."""
    for number in range(2 * DISK_BYTES // OBJECT_BYTES):
        key, content = f"{cycle}/{number:04d}", noise(OBJECT_BYTES, cycle * 1000 + number)
        answer = client.put("full", key, content)
        if answer.status != 200:
            return answer
        stored[key] = md5_text(content)
    raise AssertionError("the disk never became full: the test means nothing")


def assert_whole(client, stored):
    for key, digest in stored.items():
        answer = client.get("full", key)
        assert (answer.status, md5_text(answer.body)) == (200, digest), (key, answer.status)
    assert sorted(client.list("full")) == sorted(stored)


def collect(server):
    """`cairn gc`, which must succeed; 69 says that the server, which saw the full disk, is collecting right now."""
    deadline = time.monotonic() + RECOVERY_SECONDS_MAX
    while (done := server.command("gc", server.data, expect=None)).returncode == 69 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert done.returncode == 0, done.stderr


def test_full_disk_is_told_survived_and_left_behind(small_disk):
    server = Server(small_disk)
    server.start()
    stored = {}
    try:
        client = SmallClient(server)
        client.expect(200, "PUT", "/full")
        for cycle in range(CYCLES):
            refusal = fill(client, stored, cycle)
            assert refusal.status in (503, 507) and refusal.code and len(refusal.body) > 80, refusal
            # The last bytes go to something else: nothing at all is free now.
            try:
                with open(small_disk / "ballast-of-the-test", "wb") as ballast:
                    while True:
                        ballast.write(b"x" * 65_536)
                        ballast.flush()
            except OSError:
                pass
            assert free_bytes(small_disk) < 65_536
            assert client.put("full", "small", b"x").status in (200, 503, 507)
            stored_small = client.get("full", "small")
            if stored_small.status == 200:
                stored["small"] = md5_text(b"x")
            assert_whole(client, stored)
            for key in sorted(stored)[::2]:
                answer = client.delete("full", key)
                assert answer.status == 204, f"DELETE must work at no free byte: {answer}"
                del stored[key]
            assert_whole(client, stored)
            (small_disk / "ballast-of-the-test").unlink(missing_ok=True)
            collect(server)
            deadline, content = time.monotonic() + RECOVERY_SECONDS_MAX, noise(OBJECT_BYTES, 77 + cycle)
            while (answer := client.put("full", f"after/{cycle}", content)).status != 200:
                assert answer.status in (503, 507), answer
                assert time.monotonic() < deadline, f"writes did not resume: {answer}, free {free_bytes(small_disk)}"
                time.sleep(0.5)
            stored[f"after/{cycle}"] = md5_text(content)
            assert_whole(client, stored)
        client.close()
        server.stop()
        server.verify()
        server.start()
        client = SmallClient(server)
        assert_whole(client, stored)
        client.close()
        server.stop()
    finally:
        server.kill()
