"""System calls of the real process that fail, and kills right behind one: whatever happens, what was acknowledged is there.

strace fails one call of each thread, or kills the process at it: every flush, write, name and open that the store makes,
SQLite's among them. A failed flush must end in refusals, never in a 200; and a process that was started again must find
everything that an earlier one had acknowledged. Short writes, which strace can only pretend, are tested inside
(SegmentRecoveryTests).

CAIRN_SYSTEM_CALLS sets how many faults are tried, evenly spread over all of them; 0 means each. CAIRN_SYSTEM_CALL_SEED
says at which it begins.
"""

import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import time

import pytest

from support.data import noise
from support.server import Server
from support.small_client import Broken, SmallClient

COUNT = int(os.environ.get("CAIRN_SYSTEM_CALLS", "16"))
SEED = int(os.environ.get("CAIRN_SYSTEM_CALL_SEED", random.SystemRandom().randrange(2 ** 32)))
END_SECONDS_MAX = 10
#: Call, how many of it are tried, and what becomes of it. A thread makes fewer of the rare ones.
CALLS = [
    ("fdatasync", 24, ["KILL", "EIO", "ENOSPC", "EINTR"]),
    ("pwrite64", 40, ["KILL", "EIO", "ENOSPC", "EINTR"]),
    ("pwritev", 24, ["KILL", "EIO", "ENOSPC", "EINTR"]),
    ("openat", 40, ["KILL", "EMFILE", "EIO"]),
    ("rename", 4, ["KILL", "EIO"]),
    ("fsync", 6, ["KILL", "EIO"]),
    ("fallocate", 2, ["KILL", "ENOSPC"]),
    ("ftruncate", 3, ["KILL", "EIO"]),
    ("unlink", 4, ["KILL", "EIO"]),
    ("accept4", 4, ["EMFILE", "EINTR"]),
    ("sendmsg", 4, ["EINTR"]),
]
FAULTS = [(call, effect, number) for call, most, effects in CALLS for number in range(1, most + 1) for effect in effects]


def chosen():
    if COUNT == 0 or COUNT >= len(FAULTS):
        return FAULTS
    step = len(FAULTS) / COUNT
    start = random.Random(SEED).uniform(0, step)
    return [FAULTS[int(start + step * number)] for number in range(COUNT)]


class Model:
    """Key → digests that it may have; None stands for nothing."""

    def __init__(self):
        self.allowed = {}

    def ask(self, key, new):
        self.allowed.setdefault(key, {None}).add(new)

    def acknowledge(self, key, new):
        self.allowed[key] = {new}


def digest(content):
    return hashlib.sha256(content).hexdigest()


def change(client, model, bucket, round_number):
    """A program of every way to write; each step notes what it asks for before it does."""
    def settle(key, new, ask, status):
        model.ask(key, new)
        if ask().status == status:
            model.acknowledge(key, new)
            return True
        return False

    for number in range(4):
        content = noise(3000, round_number * 100 + number)
        settle(f"small{number}", digest(content), lambda: client.put(bucket, f"small{number}", content), 200)
    large = noise(400_000, round_number)
    if settle("large", digest(large), lambda: client.put(bucket, "large", large), 200):
        settle("copy", digest(large), lambda: client.copy(bucket, "large", "copy"), 200)
    settle("small0", None, lambda: client.delete(bucket, "small0"), 204)
    answer, upload = client.create_upload(bucket, "parts")
    if answer.status == 200:
        part = client.put_part(bucket, "parts", upload, 1, large[:200_000])
        if part.status == 200:
            settle("parts", digest(large[:200_000]),
                   lambda: client.complete(bucket, "parts", upload, {1: part.headers["ETag"]}), 200)


def compare(server, model, bucket, fault):
    client = SmallClient(server)
    for key, allowed in model.allowed.items():
        answer = client.get(bucket, key)
        assert answer.status in (200, 404), (fault, key, answer)
        seen = digest(answer.body) if answer.status == 200 else None
        assert seen in allowed, f"{fault}: {key} reads {seen}, and may be {allowed}"
        model.allowed[key] = {seen}
    client.close()


def end(server):
    """Ends strace and the server under it, whatever state they are in."""
    process, server.process = server.process, None
    if process is not None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
    # strace is gone; the server that it ran may take a moment longer, with its port.
    deadline = time.monotonic() + END_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            socket.create_connection((server.host, server.port), timeout=1).close()
        except ConnectionRefusedError:
            return
        except OSError:
            pass
        time.sleep(0.01)
    raise AssertionError("a server that was killed still listens")


@pytest.fixture(scope="module")
def tracer():
    if os.environ.get("CLIENTS_ENDPOINT"):
        pytest.skip("kills the server, and this one is not ours")
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    if subprocess.run([strace, "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode:
        pytest.skip("strace may not trace here")
    return strace


@pytest.mark.timeout(max(600, (COUNT or len(FAULTS)) * 20))
def test_nothing_acknowledged_is_lost_to_a_call_that_fails(tracer, tmp_path, record_property):
    server = Server(tmp_path / "store")
    server.start()
    bucket, model = "faults", Model()
    setup = SmallClient(server)
    setup.expect(200, "PUT", f"/{bucket}")
    setup.close()
    server.stop()
    trace, hit, started, refused = tmp_path / "trace", 0, 0, 0
    print(f"seed {SEED}: CAIRN_SYSTEM_CALL_SEED={SEED}")
    try:
        for round_number, (call, effect, number) in enumerate(chosen()):
            fault = f"{call} {number} {effect}"
            inject = f"signal={effect}" if effect == "KILL" else f"error={effect}"
            trace.unlink(missing_ok=True)
            server.wrapper = [tracer, "-f", "-qq", "-o", str(trace), "-e", f"trace={call}", "-e", "signal=none",
                              "-e", f"inject={call}:{inject}:when={number}"]
            try:
                server.start()
            except AssertionError:
                # A store that cannot be opened says so, and is opened by the next one.
                end(server)
            else:
                started += 1
                client = SmallClient(server)
                try:
                    change(client, model, bucket, round_number)
                except Broken:
                    refused += 1
                client.close()
                end(server)
            text = trace.read_text(errors="replace") if trace.exists() else ""
            hit += "(INJECTED)" in text or "killed by SIGKILL" in text and effect == "KILL"
            server.wrapper = []
            server.start()
            compare(server, model, bucket, fault)
            server.stop()
            server.command("check", server.data)
        server.verify()
    except BaseException:
        print(f"{fault}; seed {SEED}; server log:\n{server.log_tail()}")
        raise
    finally:
        end(server)
    count = len(chosen())
    summary = f"{count} faults, {hit} met, {started} of the servers started, {refused} ended under their clients"
    print(summary)
    record_property("summary", summary)
    assert started > 0 and hit > count / 4, "the faults were not met: this proved nothing"
