"""delta-rs, Lance and Iceberg: tables whose commits are conditional writes, made by several processes at once.

Invariant: whatever the contention, each appended row is there exactly once and each commit is one version.
"""

from collections import Counter

import lance
import pyarrow
import pyarrow.compute
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.types import DoubleType

from support import writers
from support.writers import Place, rows, run_together

WRITERS, TURNS, ROWS = 4, 12, 25
# A refused commit of Iceberg has written its manifests already: turns cost more there.
ICEBERG_TURNS = 4


@pytest.fixture
def place(server, bucket):
    return Place(server.endpoint, server.access_key, server.secret_key, bucket)


def assert_each_row_once(table, turns=TURNS):
    found = Counter(zip(*(table.column(name).to_pylist() for name in ("writer", "turn", "row"))))
    expected = {(writer, turn, row) for writer in range(WRITERS) for turn in range(turns) for row in range(ROWS)}
    assert set(found) == expected and set(found.values()) == {1}


def numbers(first, count):
    return pyarrow.table({"number": pyarrow.array(range(first, first + count), pyarrow.int64()),
                          "text": pyarrow.array([f"row {number}" for number in range(first, first + count)],
                                                pyarrow.string())})


# ---- Delta Lake, by delta-rs

def test_delta_is_written_changed_and_read_as_it_was(place):
    address, options = f"s3://{place.bucket}/delta", place.options()
    write_deltalake(address, numbers(0, 1000), storage_options=options)
    write_deltalake(address, numbers(1000, 500), mode="append", storage_options=options)
    table = DeltaTable(address, storage_options=options)
    table.delete("number < 10")
    table.update(predicate="number = 10", updates={"text": "'changed'"})
    merged = pyarrow.table({"number": pyarrow.array([11, 2000], pyarrow.int64()), "text": ["merged", "merged"]})
    (table.merge(merged, predicate="s.number = t.number", source_alias="s", target_alias="t")
        .when_matched_update_all().when_not_matched_insert_all().execute())
    current = table.to_pyarrow_table().sort_by("number")
    assert current.num_rows == 1491
    assert current.slice(0, 3).column("text").to_pylist() == ["changed", "merged", "row 12"]
    for version, count in ((0, 1000), (1, 1500), (2, 1490)):
        assert DeltaTable(address, version=version, storage_options=options).to_pyarrow_table().num_rows == count
    table.optimize.compact()
    table.create_checkpoint()
    assert DeltaTable(address, storage_options=options).to_pyarrow_table().sort_by("number") == current
    removed = table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    assert removed
    assert DeltaTable(address, storage_options=options).to_pyarrow_table().sort_by("number") == current


def test_delta_appends_from_several_processes_are_all_there_once(place, folder):
    address, options = f"s3://{place.bucket}/contended", place.options()
    empty = rows(0, 0, 0)
    write_deltalake(address, empty, storage_options=options)
    run_together(writers.append_to_delta, WRITERS, folder, place, address, TURNS, ROWS)
    table = DeltaTable(address, storage_options=options)
    assert table.version() == WRITERS * TURNS
    assert_each_row_once(table.to_pyarrow_table())
    retries = sum(entry.get("operationMetrics", {}).get("num_retries", 0) for entry in table.history())
    assert retries > 0, "nobody contended: the test proves nothing"
    middle = DeltaTable(address, version=WRITERS * TURNS // 2, storage_options=options)
    assert middle.to_pyarrow_table().num_rows == WRITERS * TURNS // 2 * ROWS


def test_delta_refuses_a_change_of_what_another_has_removed(place):
    address, options = f"s3://{place.bucket}/conflict", place.options()
    write_deltalake(address, numbers(0, 100), storage_options=options)
    first, second = (DeltaTable(address, storage_options=options) for _ in range(2))
    first.delete()
    with pytest.raises(CommitFailedError):
        second.update(updates={"text": "'late'"})
    assert DeltaTable(address, storage_options=options).to_pyarrow_table().num_rows == 0


# ---- Lance

def vectors(first, count, width=16):
    values = pyarrow.array([float((number * 7919 + place * 104729) % 997) for number in range(first, first + count)
                            for place in range(width)], pyarrow.float32())
    return pyarrow.table({"number": pyarrow.array(range(first, first + count), pyarrow.int64()),
                          "vector": pyarrow.FixedSizeListArray.from_arrays(values, width)})


def test_lance_is_written_searched_and_read_as_it_was(place):
    address, options = f"s3://{place.bucket}/vectors.lance", place.options()
    written = vectors(0, 2000)
    lance.write_dataset(written, address, storage_options=options)
    lance.write_dataset(vectors(2000, 500), address, mode="append", storage_options=options)
    dataset = lance.dataset(address, storage_options=options)
    dataset.delete("number >= 2400")
    assert dataset.count_rows() == 2400
    assert lance.dataset(address, version=1, storage_options=options).to_table() == written
    assert lance.dataset(address, version=2, storage_options=options).count_rows() == 2500
    assert dataset.take([7, 2399], columns=["number"]).column("number").to_pylist() == [7, 2399]
    wanted = written.column("vector")[1234].as_py()
    flat = dataset.to_table(nearest={"column": "vector", "q": wanted, "k": 3}, columns=["number"])
    dataset.create_index("vector", "IVF_PQ", num_partitions=4, num_sub_vectors=4)
    indexed = lance.dataset(address, storage_options=options).to_table(
        nearest={"column": "vector", "q": wanted, "k": 3, "nprobes": 4, "refine_factor": 10}, columns=["number"])
    assert 1234 in flat.column("number").to_pylist()
    assert set(indexed.column("number").to_pylist()) & set(flat.column("number").to_pylist())


def test_lance_appends_from_several_processes_are_all_there_once(place, folder):
    address, options = f"s3://{place.bucket}/contended.lance", place.options()
    lance.write_dataset(rows(0, 0, 0), address, storage_options=options)
    run_together(writers.append_to_lance, WRITERS, folder, place, address, TURNS, ROWS)
    dataset = lance.dataset(address, storage_options=options)
    assert dataset.version == 1 + WRITERS * TURNS
    assert_each_row_once(dataset.to_table())
    middle = lance.dataset(address, version=1 + WRITERS * TURNS // 2, storage_options=options)
    assert middle.count_rows() == WRITERS * TURNS // 2 * ROWS


# ---- Iceberg, by pyiceberg with a catalog in a file

# pyiceberg would try again by itself, and nobody would know whether writers had met.
NO_RETRIES = {"commit.retry.num-retries": "0"}
FILE_IO = {"pyarrow": "pyiceberg.io.pyarrow.PyArrowFileIO", "s3fs": "pyiceberg.io.fsspec.FsspecFileIO"}


@pytest.fixture(params=list(FILE_IO))
def catalog(request, place, folder):
    properties = {"uri": f"sqlite:///{folder}/catalog.db", "warehouse": f"s3://{place.bucket}/warehouse",
                  "py-io-impl": FILE_IO[request.param], "s3.endpoint": place.endpoint, "s3.region": "us-east-1",
                  "s3.access-key-id": place.access_key, "s3.secret-access-key": place.secret_key}
    catalog = SqlCatalog("clients", **properties)
    catalog.create_namespace("lake")
    yield catalog
    catalog.close()


def test_iceberg_is_written_changed_and_read_as_it_was(catalog):
    table = catalog.create_table("lake.numbers", schema=numbers(0, 0).schema, properties=NO_RETRIES)
    table.append(numbers(0, 1000))
    table.append(numbers(1000, 500))
    table.delete("number < 10")
    table.overwrite(numbers(5000, 5), overwrite_filter="number >= 1000")
    assert table.scan().to_arrow().num_rows == 995
    found = table.scan(row_filter="number >= 990", selected_fields=("number",)).to_arrow()
    assert sorted(found.column("number").to_pylist()) == [*range(990, 1000), *range(5000, 5005)]
    snapshots = [entry.snapshot_id for entry in table.history()]
    assert [table.scan(snapshot_id=snapshot).to_arrow().num_rows for snapshot in snapshots[:3]] == [1000, 1500, 1490]
    with table.update_schema() as change:
        change.add_column("score", DoubleType())
    assert table.scan().to_arrow().column("score").null_count == 995
    stale = catalog.load_table("lake.numbers")
    table.append(numbers(1, 1).append_column("score", pyarrow.array([0.5], pyarrow.float64())))
    with pytest.raises(CommitFailedException):
        stale.overwrite(numbers(2, 1).append_column("score", pyarrow.array([0.5], pyarrow.float64())))


def test_iceberg_appends_from_several_processes_are_all_there_once(catalog, folder):
    catalog.create_table("lake.contended", schema=rows(0, 0, 0).schema, properties=NO_RETRIES)
    refusals = run_together(writers.append_to_iceberg, WRITERS, folder, dict(catalog.properties), "lake.contended",
                            ICEBERG_TURNS, ROWS)
    table = catalog.load_table("lake.contended")
    assert len(table.history()) == WRITERS * ICEBERG_TURNS
    assert_each_row_once(table.scan().to_arrow(), ICEBERG_TURNS)
    middle = table.history()[WRITERS * ICEBERG_TURNS // 2 - 1].snapshot_id
    assert table.scan(snapshot_id=middle).to_arrow().num_rows == WRITERS * ICEBERG_TURNS // 2 * ROWS
    assert sum(refusals) > 0, "nobody contended: the test proves nothing"
