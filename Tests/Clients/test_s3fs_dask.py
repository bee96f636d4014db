"""s3fs as a file system, and Dask tables on it: the data engineer's notebook."""

import dask.dataframe
import pandas
import pytest
import s3fs

from conftest import new_bucket_name
from support.data import MiB, noise, tree_digests

SCHEMES = ["http", "https"]

ROWS = 20_000


@pytest.fixture
def options(server):
    client = {"verify": str(server.certificate)} if server.certificate else {}
    return {"key": server.access_key, "secret": server.secret_key, "endpoint_url": server.endpoint, "client_kwargs": client}


@pytest.fixture
def files(options):
    s3fs.S3FileSystem.clear_instance_cache()
    return s3fs.S3FileSystem(**options)


@pytest.fixture
def place(files):
    name = new_bucket_name("fs")
    files.mkdir(name)
    yield name
    files.rm(name, recursive=True)
    assert not files.exists(name)


def test_files_are_written_read_and_listed(files, place):
    with files.open(f"{place}/dir/file", "wb") as file:
        file.write(b"first ")
        file.write(b"second")
    assert files.cat(f"{place}/dir/file") == b"first second"
    with files.open(f"{place}/dir/file", "ab") as file:
        file.write(b" third")
    assert files.cat(f"{place}/dir/file") == b"first second third"
    assert files.ls(place) == [f"{place}/dir"]
    files.invalidate_cache()
    info = files.info(f"{place}/dir/file")
    assert (info["size"], info["type"]) == (18, "file")
    assert files.isdir(f"{place}/dir") and not files.exists(f"{place}/absent")
    with pytest.raises(FileNotFoundError):
        files.cat(f"{place}/absent")


def test_large_files_go_in_parts_and_come_in_ranges(files, place):
    content = noise(23 * MiB + 11, 1)
    with files.open(f"{place}/large", "wb", block_size=5 * MiB) as file:
        for start in range(0, len(content), 1_000_003):
            file.write(content[start:start + 1_000_003])
    assert files.cat(f"{place}/large") == content
    assert files.cat_file(f"{place}/large", start=10 * MiB - 5, end=10 * MiB + 5) == content[10 * MiB - 5:10 * MiB + 5]
    with files.open(f"{place}/large", "rb", block_size=64 * 1024) as file:
        for position in (0, 5 * MiB - 1, 20 * MiB, len(content) - 100):
            file.seek(position)
            assert file.read(100) == content[position:position + 100]


def test_trees_go_up_and_down_and_move(files, place, folder):
    source = folder / "source"
    for number in range(60):
        path = source / f"d{number % 4}" / f"file {number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(noise(number * 100, number))
    files.put(str(source), f"{place}/tree", recursive=True)
    assert len(files.find(f"{place}/tree")) == 60
    # fsspec's `mv` of a tree asks for a copy of its directories, which no S3 has: this is what it does with files.
    files.copy(f"{place}/tree", f"{place}/moved", recursive=True)
    files.rm(f"{place}/tree", recursive=True)
    files.invalidate_cache()
    assert not files.exists(f"{place}/tree")
    files.get(f"{place}/moved", str(folder / "back"), recursive=True)
    assert tree_digests(folder / "back") == tree_digests(source)
    assert sorted(files.glob(f"{place}/moved/d1/file *7")) == sorted(
        f"{place}/moved/d1/file {number}" for number in range(60) if number % 4 == 1 and str(number).endswith("7"))
    files.copy(f"{place}/moved/d1", f"{place}/copied", recursive=True)
    assert len(files.find(f"{place}/copied")) == 15


def test_a_file_may_be_made_only_once(files, place):
    files.pipe_file(f"{place}/once", b"first", mode="create")
    with pytest.raises(OSError):
        files.pipe_file(f"{place}/once", b"second", mode="create")
    assert files.cat(f"{place}/once") == b"first"


def table():
    return pandas.DataFrame({
        "number": range(ROWS), "group": [f"g{number % 5}" for number in range(ROWS)],
        "value": [number * 0.5 for number in range(ROWS)], "text": [f"row {number}" for number in range(ROWS)]})


def test_dask_parquet_there_and_back(options, place, files):
    frame = table()
    dask.dataframe.from_pandas(frame, npartitions=6).to_parquet(
        f"s3://{place}/table", storage_options=options, partition_on=["group"], write_index=False)
    files.invalidate_cache()
    assert len(files.glob(f"{place}/table/group=*/*.parquet")) == 30
    back = dask.dataframe.read_parquet(f"s3://{place}/table", storage_options=options).compute()
    back["group"] = back["group"].astype(frame["group"].dtype)
    back = back.sort_values("number").reset_index(drop=True)[list(frame.columns)]
    pandas.testing.assert_frame_equal(back, frame, check_dtype=False)
    chosen = dask.dataframe.read_parquet(f"s3://{place}/table", storage_options=options, filters=[("group", "==", "g3")],
                                         columns=["value"])
    assert chosen["value"].sum().compute() == frame[frame.group == "g3"]["value"].sum()


def test_dask_appends_and_overwrites(options, place):
    frame = table()[["number", "value"]]
    address, halves = f"s3://{place}/grown", (frame[:ROWS // 2], frame[ROWS // 2:])
    dask.dataframe.from_pandas(halves[0], npartitions=2).to_parquet(address, storage_options=options)
    dask.dataframe.from_pandas(halves[1], npartitions=2).to_parquet(address, storage_options=options, append=True)
    assert len(dask.dataframe.read_parquet(address, storage_options=options)) == ROWS
    dask.dataframe.from_pandas(halves[0], npartitions=3).to_parquet(address, storage_options=options, overwrite=True)
    assert len(dask.dataframe.read_parquet(address, storage_options=options)) == ROWS // 2


def test_dask_csv_there_and_back(options, place):
    frame = table()
    dask.dataframe.from_pandas(frame, npartitions=4).to_csv(f"s3://{place}/csv/*.csv", storage_options=options, index=False)
    back = dask.dataframe.read_csv(f"s3://{place}/csv/*.csv", storage_options=options, blocksize=50_000)
    assert back.npartitions > 4
    assert back["number"].sum().compute() == frame["number"].sum() and len(back) == ROWS
