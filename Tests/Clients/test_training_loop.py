"""A training loop without its framework: checkpoints that appear whole or not at all, and a restart from the last one.

The pattern is that of most trainers on file systems: write a temporary name, then move it to the final one. On S3 the
move is a copy and a delete, and here the copy moves no byte. Readers look at the final name all the while.
"""

import hashlib
import io
import json
import threading

import numpy
import pytest
import s3fs

from conftest import make_client
from support.data import MiB

WEIGHTS = 3 * MiB // 8
STEPS = 12


@pytest.fixture
def files(server):
    s3fs.S3FileSystem.clear_instance_cache()
    return s3fs.S3FileSystem(key=server.access_key, secret=server.secret_key, endpoint_url=server.endpoint,
                             use_listings_cache=False)


def serialized(step, weights):
    """A checkpoint that says itself whether it is whole."""
    buffer = io.BytesIO()
    numpy.savez(buffer, step=step, weights=weights, digest=hashlib.sha256(weights.tobytes()).hexdigest())
    return buffer.getvalue()


def loaded(content):
    with numpy.load(io.BytesIO(content)) as archive:
        weights = archive["weights"]
        assert hashlib.sha256(weights.tobytes()).hexdigest() == str(archive["digest"])
        return int(archive["step"]), weights


def trained(weights, step):
    """One step: most of the weights stay as they are, as late in a training."""
    weights = weights.copy()
    first = step * 1000
    weights[first:first + 1000] += step
    return weights


def save(files, folder, step, weights):
    temporary, final = f"{folder}/.tmp-{step}", f"{folder}/step-{step:04}.npz"
    with files.open(temporary, "wb", block_size=5 * MiB) as file:
        file.write(serialized(step, weights))
    files.mv(temporary, final)
    files.copy(final, f"{folder}/latest.npz")


def test_readers_of_the_latest_checkpoint_only_ever_see_whole_ones(server, files, bucket):
    folder, weights = f"{bucket}/run", numpy.random.default_rng(7).standard_normal(WEIGHTS)
    save(files, folder, 0, weights)
    seen, errors, stop = [], [], threading.Event()

    def read():
        client = make_client(server)
        last = -1
        try:
            while not stop.is_set():
                step, _ = loaded(client.get_object(Bucket=bucket, Key="run/latest.npz")["Body"].read())
                assert step >= last, f"step {step} after {last}"
                seen.append(step)
                last = step
        except BaseException as error:
            errors.append(error)
        finally:
            client.close()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for step in range(1, STEPS):
            weights = trained(weights, step)
            save(files, folder, step, weights)
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert not errors, errors
    assert len(set(seen)) > 1, "the readers saw one checkpoint only: the test proves nothing"
    assert sorted(files.ls(folder, detail=False)) == sorted(
        [f"{folder}/latest.npz", *(f"{folder}/step-{step:04}.npz" for step in range(STEPS))])
    step, last = loaded(files.cat(f"{folder}/latest.npz"))
    assert step == STEPS - 1
    numpy.testing.assert_array_equal(last, weights)


def test_training_goes_on_from_the_last_whole_checkpoint(files, bucket):
    folder, weights = f"{bucket}/run", numpy.random.default_rng(8).standard_normal(WEIGHTS)
    straight = weights
    for step in range(6):
        straight = trained(straight, step)
    for step in range(3):
        weights = trained(weights, step)
        save(files, folder, step, weights)
    # The trainer dies in the middle of its fourth: some parts are up, nothing is completed.
    broken = files.open(f"{folder}/.tmp-3", "wb", block_size=5 * MiB)
    broken.write(b"\0" * (11 * MiB))
    broken.discard()
    broken.closed = True
    names = sorted(name for name in files.ls(folder, detail=False) if "step-" in name)
    step, weights = loaded(files.cat(names[-1]))
    assert step == 2 and not files.exists(f"{folder}/.tmp-3")
    for step in range(step + 1, 6):
        weights = trained(weights, step)
        save(files, folder, step, weights)
    numpy.testing.assert_array_equal(loaded(files.cat(f"{folder}/latest.npz"))[1], straight)


def test_near_identical_checkpoints_take_little_room(server, s3, files, bucket):
    """Late in a training a checkpoint differs little from the one before, and the store keeps what they share once."""
    folder, weights = f"{bucket}/run", numpy.random.default_rng(9).standard_normal(WEIGHTS)

    if server.external:
        pytest.skip("the room that another server takes cannot be measured")

    def stored():
        return json.loads(server.command("stats", server.data, "--json").stdout)["chunkBytes"]

    before, written = stored(), 0
    for step in range(8):
        weights = trained(weights, step)
        content = serialized(step, weights)
        files.pipe_file(f"{folder}/step-{step}", content)
        written += len(content)
    assert (stored() - before) / written < 0.4
