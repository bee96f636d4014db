"""What the processes of the contention tests run: each function is one writer, in a process of its own.

Invariant: a writer never catches an error that the library does not tell it to retry, so that a commit which is lost
or refused for no reason fails the test. Writers start together at a barrier made of files, since processes that start
one after the other would not contend.
"""

import concurrent.futures
import multiprocessing
import time
from dataclasses import dataclass
from pathlib import Path

START_SECONDS_MAX = 60
RETRIES_MAX = 500


@dataclass(frozen=True)
class Place:
    """Where a store is, in a form that goes to another process."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str

    def options(self):
        """Of the Rust crate object_store, under delta-rs, Lance and obstore: no retries, which would hide a failure."""
        return {"aws_endpoint": self.endpoint, "aws_access_key_id": self.access_key,
                "aws_secret_access_key": self.secret_key, "aws_region": "us-east-1", "allow_http": "true"}


def run_together(writer, count, folder, *arguments):
    """Calls `writer(number, begin, *arguments)` in `count` processes; returns what they return, or raises."""
    folder = Path(folder) / f"barrier-{time.monotonic_ns()}"
    folder.mkdir()
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(count, mp_context=context) as pool:
        begin = [_Barrier(str(folder), number, count) for number in range(count)]
        futures = [pool.submit(writer, number, begin[number], *arguments) for number in range(count)]
        return [future.result() for future in futures]


@dataclass(frozen=True)
class _Barrier:
    folder: str
    number: int
    count: int

    def __call__(self):
        folder = Path(self.folder)
        (folder / str(self.number)).touch()
        end = time.monotonic() + START_SECONDS_MAX
        while len(list(folder.iterdir())) < self.count:
            assert time.monotonic() < end, "the other writers did not start"
            time.sleep(0.002)


def rows(writer, turn, count):
    """A table whose rows say which writer wrote them, and when."""
    import pyarrow
    return pyarrow.table({"writer": pyarrow.array([writer] * count, pyarrow.int64()),
                          "turn": pyarrow.array([turn] * count, pyarrow.int64()),
                          "row": pyarrow.array(range(count), pyarrow.int64())})


def append_to_delta(number, begin, place, address, turns, count):
    from deltalake import CommitProperties, DeltaTable, write_deltalake
    properties = CommitProperties(max_commit_retries=RETRIES_MAX)
    table = DeltaTable(address, storage_options=place.options())
    begin()
    for turn in range(turns):
        write_deltalake(table, rows(number, turn, count), mode="append", commit_properties=properties)


def append_to_lance(number, begin, place, address, turns, count):
    import lance
    begin()
    for turn in range(turns):
        lance.write_dataset(rows(number, turn, count), address, mode="append", storage_options=place.options())


def append_to_iceberg(number, begin, properties, name, turns, count):
    """Returns how many commits the catalog refused, since another one came first."""
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.exceptions import CommitFailedException
    catalog, refusals = SqlCatalog("clients", **properties), 0
    begin()
    for turn in range(turns):
        for _ in range(RETRIES_MAX):
            try:
                catalog.load_table(name).append(rows(number, turn, count))
                break
            except CommitFailedException:
                refusals += 1
        else:
            raise AssertionError(f"turn {turn} was refused {RETRIES_MAX} times")
    return refusals


def _obstore(place):
    from obstore.store import S3Store
    return S3Store(place.bucket, endpoint=place.endpoint, access_key_id=place.access_key, region="us-east-1",
                   secret_access_key=place.secret_key, client_options={"allow_http": True},
                   retry_config={"max_retries": 0})


def create_with_obstore(number, begin, place, keys):
    """Tries to create each key; returns those that this writer made."""
    import obstore
    store, made = _obstore(place), []
    begin()
    for key in keys:
        try:
            obstore.put(store, key, f"writer {number}".encode(), mode="create")
            made.append(key)
        except obstore.exceptions.AlreadyExistsError:
            pass
    return made


def count_with_obstore(number, begin, place, key, turns):
    """Adds one to a number, `turns` times, each time by compare and swap; returns how many swaps lost."""
    import obstore
    store, lost = _obstore(place), 0
    begin()
    for _ in range(turns):
        for _ in range(RETRIES_MAX):
            found = obstore.get(store, key)
            version = {"e_tag": found.meta["e_tag"]}
            value = int(bytes(found.bytes())) + 1
            try:
                obstore.put(store, key, str(value).encode(), mode=version)
                break
            except obstore.exceptions.PreconditionError:
                lost += 1
        else:
            raise AssertionError(f"{RETRIES_MAX} swaps lost one after the other")
    return lost


def write_to_ocdbt(number, begin, kvstore, turns):
    """Each write is a commit of a B+tree whose root is swapped by a conditional write."""
    import tensorstore
    database = tensorstore.KvStore.open(kvstore).result()
    begin()
    for turn in range(turns):
        database.write(f"{number}/{turn}", f"{number * 1000 + turn}").result()
