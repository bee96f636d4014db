"""The commands around the server: first start, keys, health, metrics, check, scrub and gc, and that they find damage."""

import json
import os
import sqlite3
import stat
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conftest import make_client
from support.data import MiB, noise
from support.errors import refused
from support.server import BINARY, Server, clean_environment

pytestmark = pytest.mark.skipif("CLIENTS_ENDPOINT" in os.environ, reason="the commands are those of our own binary")


@pytest.fixture
def store(tmp_path):
    server = Server(tmp_path / "store")
    server.start()
    yield server
    server.kill()


def filled(store, count=40):
    client = make_client(store)
    client.create_bucket(Bucket="bucket")
    contents = {f"k{number}": noise(number * 5000, number) for number in range(count)}
    for key, content in contents.items():
        client.put_object(Bucket="bucket", Key=key, Body=content)
    client.close()
    return contents


def segments(store):
    return sorted((store.data / "segments").rglob("*.seg"))


def admin(store, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{store.admin_port}{path}", timeout=10) as answer:
        return answer.read().decode()


def test_the_first_start_makes_a_random_key_and_later_ones_print_none(store, tmp_path):
    other = Server(tmp_path / "other")
    other.start()
    try:
        assert other.secret_key != store.secret_key and len(store.secret_key) >= 40
    finally:
        other.stop()
    store.stop()
    before = store.log.stat().st_size
    assert store.start() < 2
    time.sleep(0.3)
    assert store.secret_key not in store.log.read_bytes()[before:].decode()
    make_client(store).list_buckets()


def test_first_request_within_a_second_of_an_empty_folder(tmp_path):
    server = Server(tmp_path / "store")
    begun = time.monotonic()
    server.start()
    try:
        assert urllib.request.urlopen(f"http://127.0.0.1:{server.admin_port}/health", timeout=5).status == 200
        assert time.monotonic() - begun < 1.5
    finally:
        server.stop()


def test_the_folder_is_for_its_owner_only(store):
    filled(store, 3)
    assert stat.S_IMODE(store.data.stat().st_mode) & 0o077 == 0
    for database in ("meta.sqlite", "lineage.sqlite"):
        assert stat.S_IMODE((store.data / database).stat().st_mode) & 0o077 == 0, database


def test_two_servers_on_one_folder_are_refused(store):
    second = subprocess.run([str(BINARY), "serve", str(store.data), "--listen", "127.0.0.1:0"], capture_output=True,
                            text=True, timeout=20, env=clean_environment(), stdin=subprocess.DEVNULL)
    assert second.returncode != 0 and second.stderr.strip(), second
    make_client(store).list_buckets()


def test_a_taken_port_is_told_in_a_sentence(store, tmp_path):
    second = subprocess.run([str(BINARY), "serve", str(tmp_path / "other"), "--listen", f"127.0.0.1:{store.port}"],
                            capture_output=True, text=True, timeout=20, env=clean_environment(), stdin=subprocess.DEVNULL)
    assert second.returncode != 0 and str(store.port) in second.stderr


def test_health_and_metrics(store):
    filled(store, 5)
    assert admin(store, "/health").strip()
    text = admin(store, "/metrics")
    samples = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(samples) > 5 and all(len(line.rsplit(" ", 1)) == 2 for line in samples)
    for line in samples:
        float(line.rsplit(" ", 1)[1])
    assert "# TYPE" in text and store.secret_key not in text
    with pytest.raises(urllib.error.HTTPError):
        admin(store, "/nothing")


def named(value, word):
    """The first text in a JSON value whose name contains `word`, in any spelling."""
    if isinstance(value, list):
        return next((found for inner in value if (found := named(inner, word))), None)
    if isinstance(value, dict):
        for name, inner in value.items():
            if word in name.lower() and isinstance(inner, str):
                return inner
        return next((found for inner in value.values() if (found := named(inner, word))), None)
    return None


def test_keys_are_made_listed_and_revoked(store):
    made = json.loads(store.command("key", "create", store.data, "--json").stdout)
    secret, access = named(made, "secret"), named(made, "id")
    assert secret and access, made
    listed = store.command("key", "list", store.data, "--json").stdout
    json.loads(listed)
    assert access in listed and store.access_key in listed
    assert secret not in listed and store.secret_key not in listed

    class Other:
        endpoint, certificate, access_key, secret_key = store.endpoint, None, access, secret
    client = make_client(Other)
    deadline = time.monotonic() + 10
    while True:  # a running server may take a moment to see a key that another process made
        try:
            client.list_buckets()
            break
        except client.exceptions.ClientError:
            assert time.monotonic() < deadline, "the new key is not taken"
            time.sleep(0.2)
    store.command("key", "revoke", store.data, access)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            client.list_buckets()
            time.sleep(0.2)
        except client.exceptions.ClientError:
            break
    with refused("InvalidAccessKeyId", 403):
        client.list_buckets()
    make_client(store).list_buckets()


def test_check_and_scrub_say_that_all_is_well_running_and_stopped(store):
    filled(store)
    for command in ("check", "scrub"):
        json.loads(store.command(command, store.data, "--json").stdout)
        assert store.command(command, store.data).stdout.strip()
    store.stop()
    store.verify()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_one_flipped_bit_is_found_and_never_served(store, share):
    contents = filled(store)
    store.stop()
    largest = max(segments(store), key=lambda path: path.stat().st_size)
    at = int(largest.stat().st_size * share)
    with open(largest, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0x10]))
    scrub = store.command("scrub", store.data, expect=None)
    assert scrub.returncode != 0, "scrub did not see a flipped bit"
    assert "s3://bucket/" in scrub.stdout + scrub.stderr, "scrub did not say what is damaged"
    store.start()
    client = make_client(store)
    wrong, refused_keys = [], []
    for key, content in contents.items():
        try:
            if client.get_object(Bucket="bucket", Key=key)["Body"].read() != content:
                wrong.append(key)
        except Exception:  # a broken answer in any form is not a wrong one
            refused_keys.append(key)
    assert len(refused_keys) < len(contents) / 2
    assert store.command("scrub", store.data, expect=None).returncode != 0
    # Bytes are checked when written and by scrub; a GET that streams from the page cache may pass a flip on only if
    # the client's own checksum (boto3 verifies by default) catches it, so that no caller ever holds wrong bytes.
    assert not wrong, f"wrong bytes were served for {wrong}"


def test_a_missing_segment_is_found(store):
    filled(store)
    store.stop()
    largest = max(segments(store), key=lambda path: path.stat().st_size)
    largest.rename(store.folder / "hidden.seg")
    assert store.command("check", store.data, expect=None).returncode != 0
    (store.folder / "hidden.seg").rename(largest)
    store.verify()


def test_a_changed_row_is_found(store):
    filled(store)
    store.stop()
    database = sqlite3.connect(store.data / "meta.sqlite")
    tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
    assert tables
    changed = 0
    for table in tables:
        columns = [row[1] for row in database.execute(f'pragma table_info("{table}")')]
        sizes = [name for name in columns if name.lower() in ("size", "length", "content_length", "logical_size")]
        for name in sizes:
            changed += database.execute(f'update "{table}" set "{name}" = "{name}" + 1').rowcount
    database.commit()
    database.close()
    assert changed > 0, "no column of sizes was found to damage: name it here"
    assert store.command("check", store.data, expect=None).returncode != 0


def test_gc_gives_back_the_space_of_what_was_deleted(store):
    client = make_client(store)
    client.create_bucket(Bucket="bucket")
    for number in range(24):
        client.put_object(Bucket="bucket", Key=f"k{number}", Body=noise(2 * MiB, number))
    kept = client.get_object(Bucket="bucket", Key="k5")["Body"].read()
    used = lambda: sum(path.stat().st_blocks * 512 for path in store.data.rglob("*") if path.is_file())
    before = used()
    for number in range(24):
        if number != 5:
            client.delete_object(Bucket="bucket", Key=f"k{number}")
    store.command("gc", store.data)
    deadline = time.monotonic() + 30
    while used() > before / 4 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert used() <= before / 4, f"{used() / MiB:.0f} of {before / MiB:.0f} MiB are still taken"
    assert client.get_object(Bucket="bucket", Key="k5")["Body"].read() == kept
    store.stop()
    store.verify()


def test_identical_content_is_stored_once(store):
    client, content = make_client(store), noise(16 * MiB, 1)
    client.create_bucket(Bucket="bucket")
    used = lambda: sum(path.stat().st_size for path in segments(store))
    client.put_object(Bucket="bucket", Key="first", Body=content)
    once = used()
    client.put_object(Bucket="bucket", Key="second", Body=content)
    client.put_object(Bucket="bucket", Key="shifted", Body=b"one byte more at the front"[:1] + content)
    client.copy_object(Bucket="bucket", Key="copied", CopySource="bucket/first")
    assert used() - once < len(content) / 5
    for key, start in (("first", b""), ("second", b""), ("shifted", b"o"), ("copied", b"")):
        assert client.get_object(Bucket="bucket", Key=key)["Body"].read() == start + content


@pytest.mark.parametrize("words", [[], ["nonsense"], ["serve"], ["serve", "x", "--listen", "nowhere"], ["check"],
                                   ["check", "/nonexistent/store"], ["key", "revoke"]], ids=" ".join)
def test_wrong_commands_are_answered_with_a_sentence(words):
    done = subprocess.run([str(BINARY), *words], capture_output=True, text=True, timeout=20, env=clean_environment(),
                          stdin=subprocess.DEVNULL)
    assert done.returncode != 0
    assert (done.stderr + done.stdout).strip()
    assert "Fatal error" not in done.stderr and done.returncode > 0, done


@pytest.mark.parametrize("command", [[], ["serve"], ["check"], ["scrub"], ["gc"], ["key"], ["config"]], ids=" ".join)
def test_each_command_explains_itself(command):
    done = subprocess.run([str(BINARY), *command, "--help"], capture_output=True, text=True, timeout=20,
                          env=clean_environment(), stdin=subprocess.DEVNULL)
    assert done.returncode == 0 and len(done.stdout) > 40
