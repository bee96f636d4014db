"""Archives on another disk: written there, read from there, and a disk that is missing is told before anything is served;
a server killed while it packs loses nothing."""

import os
import random
import time

import pytest

from support.data import MiB
from support.server import Server
from conftest import make_client

TEXT = b"".join(b"%07d it is written once and seldom read\n" % number for number in range(40_000))


@pytest.fixture
def machine(tmp_path):
    if os.environ.get("CLIENTS_ENDPOINT"):
        pytest.skip("starts servers of its own with the command, and CLIENTS_ENDPOINT names another store")
    server = Server(tmp_path / "store")
    server.archive = tmp_path / "slow-disk"
    try:
        yield server
    finally:
        server.kill()


def cold_files(folder):
    return [path.name for path in folder.glob("*.cold*.seg")]


def write(s3, count):
    s3.create_bucket(Bucket="bucket")
    bodies = {f"old/{number}": TEXT[number * 1000:] + random.Random(number).randbytes(2 * MiB) for number in range(count)}
    for key, body in bodies.items():
        s3.put_object(Bucket="bucket", Key=key, Body=body, StorageClass="GLACIER")
    s3.put_object(Bucket="bucket", Key="new", Body=TEXT)
    return bodies


def restored(s3, bodies):
    for key in bodies:
        s3.restore_object(Bucket="bucket", Key=key, RestoreRequest={"Days": 1})
    return {key: s3.get_object(Bucket="bucket", Key=key)["Body"].read() for key in bodies}


def test_archives_live_where_they_are_told_to(machine):
    option = ["--archive-directory", str(machine.archive)]
    with pytest.raises(AssertionError, match="slow-disk does not exist; is its device mounted?"):
        machine.start(*option)
    machine.archive.mkdir()
    machine.start(*option)
    s3 = make_client(machine)
    bodies = write(s3, 3)
    machine.command("lifecycle", "run", str(machine.data))
    assert cold_files(machine.archive) and not cold_files(machine.data / "segments")
    assert "coldSegmentBytes" in machine.command("stats", str(machine.data), "--json").stdout
    assert restored(s3, bodies) == bodies
    machine.stop()
    # The store remembers where they are; commands on the stopped store find them, and a start without the disk is refused.
    machine.verify()
    away = machine.archive.rename(machine.archive.with_name("away"))
    machine.archive.mkdir()
    for options in ([], option):
        with pytest.raises(AssertionError, match="is its device mounted?"):
            machine.start(*options)
    # On another mount point the mark of the directory says that it is the right one.
    machine.start("--archive-directory", str(away))
    assert restored(make_client(machine), bodies) == bodies
    machine.stop()
    machine.verify()


def test_a_kill_while_archives_are_packed_loses_nothing(machine):
    machine.archive.mkdir()
    option = ["--archive-directory", str(machine.archive)]
    machine.start(*option, "--lifecycle-interval", "1s")
    bodies = write(make_client(machine), 12)
    choose = random.Random(7)
    for _ in range(6):
        # The first pass begins a second after the start.
        time.sleep(choose.uniform(0.9, 1.6))
        machine.kill()
        machine.start(*option, "--lifecycle-interval", "1s")
    s3 = make_client(machine)
    assert s3.get_object(Bucket="bucket", Key="new")["Body"].read() == TEXT
    assert restored(s3, bodies) == bodies
    machine.stop()
    machine.command("gc", str(machine.data))
    machine.verify()
