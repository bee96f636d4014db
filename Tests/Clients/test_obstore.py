"""obstore, the Python face of the Rust crate object_store: conditional puts, under contention too."""

import datetime

import obstore
import pytest
from obstore.store import S3Store

from support import writers
from support.data import MiB, noise
from support.writers import Place, run_together

WRITERS = 4


@pytest.fixture
def place(server, bucket):
    return Place(server.endpoint, server.access_key, server.secret_key, bucket)


@pytest.fixture
def store(place):
    return S3Store(place.bucket, endpoint=place.endpoint, access_key_id=place.access_key, region="us-east-1",
                   secret_access_key=place.secret_key, client_options={"allow_http": True},
                   retry_config={"max_retries": 0}, copy_if_not_exists="multipart")


@pytest.mark.parametrize("checksum", [None, "SHA256", "CRC64NVME"])
def test_objects_go_whole_and_in_parts(place, checksum):
    options = {"checksum_algorithm": checksum} if checksum else {}
    store = S3Store(place.bucket, endpoint=place.endpoint, access_key_id=place.access_key, region="us-east-1",
                    secret_access_key=place.secret_key, client_options={"allow_http": True},
                    retry_config={"max_retries": 0}, **options)
    for size in (0, 1, 12 * MiB + 5):
        content = noise(size, size)
        put = obstore.put(store, f"size/{size}", content, chunk_size=5 * MiB, use_multipart=size > 5 * MiB)
        found = obstore.get(store, f"size/{size}")
        assert bytes(found.bytes()) == content and found.meta["e_tag"] == put["e_tag"]
    content = noise(12 * MiB + 5, 12 * MiB + 5)
    starts, ends = (0, 5 * MiB - 3, len(content) - 4), (1, 5 * MiB + 3, len(content))
    ranges = obstore.get_ranges(store, f"size/{len(content)}", starts=list(starts), ends=list(ends))
    assert [bytes(part) for part in ranges] == [content[start:end] for start, end in zip(starts, ends)]


def test_listings_with_an_offset_and_by_directory(store):
    for number in range(25):
        obstore.put(store, f"a/{number:02}/file", b"x")
    found = [entry["path"] for page in obstore.list(store, "a", offset="a/19/file") for entry in page]
    assert found == [f"a/{number:02}/file" for number in range(20, 25)]
    assert obstore.list_with_delimiter(store, "a")["common_prefixes"] == [f"a/{number:02}" for number in range(25)]
    obstore.delete(store, found)
    assert len([entry for page in obstore.list(store, "a") for entry in page]) == 20


def test_attributes_conditions_and_copies(store):
    obstore.put(store, "from", b"content", attributes={"Content-Type": "text/x-obstore", "note": "kept"})
    found = obstore.get(store, "from")
    assert found.attributes["Content-Type"] == "text/x-obstore" and found.attributes["note"] == "kept"
    tag = found.meta["e_tag"]
    with pytest.raises(obstore.exceptions.NotModifiedError):
        obstore.get(store, "from", options={"if_none_match": tag})
    with pytest.raises(obstore.exceptions.PreconditionError):
        obstore.get(store, "from", options={"if_match": '"0123456789abcdef0123456789abcdef"'})
    obstore.copy(store, "from", "to", overwrite=False)
    assert bytes(obstore.get(store, "to").bytes()) == b"content"
    obstore.put(store, "other", b"other")
    with pytest.raises(obstore.exceptions.AlreadyExistsError):
        obstore.copy(store, "other", "to", overwrite=False)
    assert bytes(obstore.get(store, "to").bytes()) == b"content"
    obstore.rename(store, "other", "renamed")
    with pytest.raises(FileNotFoundError):
        obstore.head(store, "other")


def test_a_signed_address_is_enough(store):
    import urllib.request
    obstore.put(store, "signed", b"by address")
    address = obstore.sign(store, "GET", "signed", datetime.timedelta(minutes=5))
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"by address"


def test_of_several_creators_of_a_key_one_wins(place, store, folder):
    keys = [f"lock/{number}" for number in range(30)]
    made = run_together(writers.create_with_obstore, WRITERS, folder, place, keys)
    assert sorted(key for keys_of_one in made for key in keys_of_one) == sorted(keys)
    for number, keys_of_one in enumerate(made):
        for key in keys_of_one:
            assert bytes(obstore.get(store, key).bytes()) == f"writer {number}".encode()


def test_no_compare_and_swap_of_several_writers_is_lost(place, store, folder):
    turns = 100
    obstore.put(store, "counter", b"0")
    lost = run_together(writers.count_with_obstore, WRITERS, folder, place, "counter", turns)
    assert int(bytes(obstore.get(store, "counter").bytes())) == WRITERS * turns
    assert sum(lost) > 0, "nobody contended: the test proves nothing"
