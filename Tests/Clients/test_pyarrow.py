"""pyarrow's own S3 client (the AWS SDK for C++): everything it writes is a multipart upload, small files too."""

import pyarrow
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet
import pytest

from conftest import new_bucket_name
from support.data import MiB, noise

SCHEMES = ["http", "https"]


@pytest.fixture
def files(server):
    tls = {"tls_ca_file_path": str(server.certificate)} if server.certificate else {}
    return pyarrow.fs.S3FileSystem(
        access_key=server.access_key, secret_key=server.secret_key, region="us-east-1", scheme=server.scheme,
        endpoint_override=f"{server.host}:{server.port}", allow_bucket_creation=True, allow_bucket_deletion=True,
        request_timeout=60, connect_timeout=10, retry_strategy=pyarrow.fs.AwsStandardS3RetryStrategy(max_attempts=1),
        **tls)


@pytest.fixture
def place(files):
    name = new_bucket_name("arrow")
    files.create_dir(name)
    yield name
    files.delete_dir(name)
    assert files.get_file_info(name).type == pyarrow.fs.FileType.NotFound


def write(files, path, content, piece=1_000_003):
    with files.open_output_stream(path) as stream:
        for start in range(0, len(content), piece):
            stream.write(content[start:start + piece])


def read(files, path):
    with files.open_input_stream(path) as stream:
        return stream.read()


@pytest.mark.parametrize("size", [0, 1, 100_000, 5 * MiB, 27 * MiB + 13])
def test_streams_of_every_size(files, place, size):
    content = noise(size, size)
    write(files, f"{place}/stream", content)
    assert read(files, f"{place}/stream") == content
    info = files.get_file_info(f"{place}/stream")
    assert (info.size, info.type) == (size, pyarrow.fs.FileType.File)


def test_random_access_reads_ranges(files, place):
    content = noise(6 * MiB, 3)
    write(files, f"{place}/random", content)
    with files.open_input_file(f"{place}/random") as file:
        assert file.size() == len(content)
        for position, count in ((0, 10), (5 * MiB, 1000), (len(content) - 7, 7), (len(content) - 7, 100)):
            assert file.read_at(count, position) == content[position:position + count]


def test_the_content_type_goes_along(files, s3, place):
    with files.open_output_stream(f"{place}/typed", metadata={"Content-Type": "text/x-arrow"}) as stream:
        stream.write(b"x")
    with files.open_input_stream(f"{place}/typed") as stream:
        assert stream.metadata()["Content-Type"] == b"text/x-arrow"
    assert s3.head_object(Bucket=place, Key="typed")["ContentType"] == "text/x-arrow"


def test_directories_behave_like_directories(files, place):
    files.create_dir(f"{place}/a/b/c", recursive=True)
    assert files.get_file_info(f"{place}/a/b/c").type == pyarrow.fs.FileType.Directory
    write(files, f"{place}/a/b/file", b"x")
    found = files.get_file_info(pyarrow.fs.FileSelector(f"{place}/a", recursive=True))
    assert sorted((info.path, info.type) for info in found) == [
        (f"{place}/a/b", pyarrow.fs.FileType.Directory), (f"{place}/a/b/c", pyarrow.fs.FileType.Directory),
        (f"{place}/a/b/file", pyarrow.fs.FileType.File)]
    files.delete_dir(f"{place}/a/b/c")
    assert files.get_file_info(f"{place}/a/b/c").type == pyarrow.fs.FileType.NotFound
    assert files.get_file_info(f"{place}/a/b/file").type == pyarrow.fs.FileType.File
    files.delete_dir_contents(f"{place}/a")
    assert files.get_file_info(f"{place}/a/b/file").type == pyarrow.fs.FileType.NotFound
    assert files.get_file_info(f"{place}/a").type == pyarrow.fs.FileType.Directory


def test_files_are_moved_copied_and_deleted(files, place):
    content = noise(300_000, 5)
    write(files, f"{place}/from", content)
    files.copy_file(f"{place}/from", f"{place}/dir/copy")
    files.move(f"{place}/from", f"{place}/dir/moved")
    assert files.get_file_info(f"{place}/from").type == pyarrow.fs.FileType.NotFound
    assert read(files, f"{place}/dir/copy") == read(files, f"{place}/dir/moved") == content
    files.delete_file(f"{place}/dir/moved")
    with pytest.raises(FileNotFoundError):
        read(files, f"{place}/dir/moved")
    with pytest.raises(OSError):
        files.move(f"{place}/absent", f"{place}/elsewhere")


def test_a_partitioned_dataset_there_and_back(files, place):
    rows = 50_000
    table = pyarrow.table({"number": range(rows), "kind": [f"k{number % 6}" for number in range(rows)],
                           "text": [f"row {number}" for number in range(rows)]})
    target = f"{place}/dataset"
    for behaviour in ("error", "overwrite_or_ignore", "delete_matching"):
        pyarrow.dataset.write_dataset(table, target, filesystem=files, format="parquet", partitioning=["kind"],
                                      partitioning_flavor="hive", existing_data_behavior=behaviour, max_rows_per_file=2000,
                                      max_rows_per_group=2000)
    dataset = pyarrow.dataset.dataset(target, filesystem=files, format="parquet", partitioning="hive")
    assert len(dataset.files) == 6 * 5
    back = dataset.to_table().sort_by("number")
    assert back.column("number") == table.column("number") and back.column("text") == table.column("text")
    filtered = dataset.to_table(filter=pyarrow.dataset.field("kind") == "k4", columns=["number"])
    assert filtered.num_rows == len([number for number in range(rows) if number % 6 == 4])


def test_one_row_group_of_a_parquet_file(files, place):
    table = pyarrow.table({"number": range(100_000), "value": [number * 1.5 for number in range(100_000)]})
    pyarrow.parquet.write_table(table, f"{place}/one.parquet", filesystem=files, row_group_size=10_000)
    with pyarrow.parquet.ParquetFile(f"{place}/one.parquet", filesystem=files) as file:
        assert file.num_row_groups == 10
        assert file.read_row_group(7, columns=["number"]) == table.slice(70_000, 10_000).select(["number"])
