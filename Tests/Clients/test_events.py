"""Notifications, from a real client to a real receiver: what is sent, in which order, and that nothing is lost.

The receiver is Python's own HTTP server. A test may make it refuse, be slow, or be away.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
import urllib.request

import pytest
from conftest import make_client, new_bucket_name
from support.errors import refused
from support.receiver import Receiver
from support.server import Server, free_port

WAIT_SECONDS_MAX = 30
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def hooked(tmp_path, receiver):
    """A server of the test's own with the receiver as `hook`, a receiver of CloudEvents, and one that is not there."""
    store = Server(tmp_path / "store")
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    store.options = ["--webhook", f"hook={receiver.url}", "--webhook", f"cloud={receiver.url}",
                     "--webhook-format", "cloud=cloudevents", "--webhook-secret-file", f"hook={secret}",
                     "--webhook", f"gone=http://127.0.0.1:{free_port()}/"]
    store.start(*store.options)
    yield store
    if store.process is not None:
        store.stop()
    store.verify()
    store.remove()


def topic(name, *events, filters=(), **more):
    rule = {"TopicArn": f"arn:aws:sns:us-east-1:123456789012:{name}", "Events": list(events), **more}
    if filters:
        rule["Filter"] = {"Key": {"FilterRules": [{"Name": kind, "Value": value} for kind, value in filters]}}
    return rule


def bucket_with(client, *topics, versioned=False):
    name = new_bucket_name("events")
    client.create_bucket(Bucket=name)
    if versioned:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    client.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"TopicConfigurations": list(topics)})
    return name


def metric(server, name, **labels):
    text = urllib.request.urlopen(f"http://{server.host}:{server.admin_port}/metrics", timeout=10).read().decode()
    wanted = name + ("{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else "")
    return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(wanted + " ")), None)


def test_every_kind_of_change_is_told(hooked, receiver):
    client = make_client(hooked)
    bucket = bucket_with(client, topic("hook", "s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*",
                                       Id="everything"), versioned=True)
    put = client.put_object(Bucket=bucket, Key="a b/ü", Body=b"12345")
    client.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a b/ü"})
    upload = client.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    part = client.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    client.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload,
                                     MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
    client.put_object_tagging(Bucket=bucket, Key="copy", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    client.delete_object_tagging(Bucket=bucket, Key="copy")
    marker = client.delete_object(Bucket=bucket, Key="copy")
    client.delete_object(Bucket=bucket, Key="copy", VersionId=marker["VersionId"])
    form = client.generate_presigned_post(bucket, "form")
    boundary = "border"
    fields = [(name, value.encode()) for name, value in form["fields"].items()] + [("file", b"by form")]
    body = b"".join(f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
                    for name, value in fields) + f"--{boundary}--\r\n".encode()
    urllib.request.urlopen(urllib.request.Request(
        form["url"], data=body, headers={"content-type": f"multipart/form-data; boundary={boundary}"}), timeout=10)
    records = sorted(receiver.wait(8, bucket), key=lambda record: record["s3"]["object"]["sequencer"])
    assert [record["eventName"] for record in records] == [
        "ObjectCreated:Put", "ObjectCreated:Copy", "ObjectCreated:CompleteMultipartUpload", "ObjectTagging:Put",
        "ObjectTagging:Delete", "ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete", "ObjectCreated:Post"]
    first = records[0]
    assert first["s3"]["object"] == {
        "key": "a+b/%C3%BC", "size": 5, "eTag": put["ETag"].strip('"'), "versionId": put["VersionId"],
        "sequencer": first["s3"]["object"]["sequencer"]}
    assert first["s3"]["configurationId"] == "everything" and first["awsRegion"] == "us-east-1"
    assert first["requestParameters"]["sourceIPAddress"] == "127.0.0.1"
    assert first["responseElements"]["x-amz-request-id"] == put["ResponseMetadata"]["RequestId"]
    assert records[5]["s3"]["object"]["versionId"] == marker["VersionId"]
    assert "size" not in records[6]["s3"]["object"]


def test_deliveries_are_signed_and_the_first_is_the_test_event(hooked, receiver):
    client = make_client(hooked)
    bucket = bucket_with(client, topic("hook", "s3:ObjectCreated:*"))
    client.put_object(Bucket=bucket, Key="k", Body=b"")
    receiver.wait(1, bucket)
    headers, body = receiver.deliveries[0]
    test = json.loads(body)
    assert (test["Service"], test["Event"], test["Bucket"]) == ("Amazon S3", "s3:TestEvent", bucket)
    for headers, body in receiver.deliveries:
        headers = {name.lower(): value for name, value in headers.items()}
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        assert headers["webhook-signature"] == \
            "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert len({dict(headers)["webhook-id"] for headers, _ in receiver.deliveries}) == len(receiver.deliveries)


def test_cloudevents(hooked, receiver):
    client = make_client(hooked)
    bucket = bucket_with(client, topic("cloud", "s3:ObjectCreated:Put"))
    client.put_object(Bucket=bucket, Key="a key", Body=b"1")
    until = time.monotonic() + WAIT_SECONDS_MAX
    while len(receiver.deliveries) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    headers, body = receiver.deliveries[-1]
    event = json.loads(body)
    assert {name.lower(): value for name, value in headers.items()}["content-type"].startswith(
        "application/cloudevents+json")
    assert event["specversion"] == "1.0" and event["subject"] == "a key"
    assert event["type"] == "com.amazonaws.s3.ObjectCreated:Put"
    assert event["source"] == f"aws:s3.us-east-1.{bucket}"
    assert event["data"]["s3"]["object"]["key"] == "a+key"


def test_filters_and_refusals(hooked, receiver):
    client = make_client(hooked)
    bucket = bucket_with(
        client, topic("hook", "s3:ObjectCreated:*", filters=[("prefix", "in/"), ("suffix", ".jpg")], Id="pictures"))
    for key in ["in/a.png", "out/a.jpg", "in/a.jpg"]:
        client.put_object(Bucket=bucket, Key=key, Body=b"")
    assert [record["s3"]["object"]["key"] for record in receiver.wait(1, bucket)] == ["in/a.jpg"]
    told = client.get_bucket_notification_configuration(Bucket=bucket)["TopicConfigurations"]
    assert told[0]["Filter"]["Key"]["FilterRules"] == [
        {"Name": "Prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ".jpg"}]

    def put(*topics):
        client.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"TopicConfigurations": list(topics)})

    with refused("InvalidArgument", 400) as refusal:
        put(topic("nobody", "s3:ObjectCreated:*"))
    assert "Unable to validate the following destination configurations" in refusal.response["Error"]["Message"]
    with refused("InvalidArgument", 400):
        put(topic("hook", "s3:ObjectCreated:*"), topic("cloud", "s3:ObjectCreated:Put"))
    with refused("InvalidArgument", 400):
        put(topic("hook", "s3:ObjectInvented:*"))
    assert client.get_bucket_notification_configuration(Bucket=bucket)["TopicConfigurations"] == told
    client.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    assert "TopicConfigurations" not in client.get_bucket_notification_configuration(Bucket=bucket)


def test_events_of_a_key_keep_their_order_through_failures(hooked, receiver):
    """Every third delivery is refused with 500, and one key is refused for a while with 400."""
    client = make_client(hooked)
    bucket = bucket_with(client, topic("hook", "s3:ObjectCreated:*"))
    calls, stubborn = [0], [3]

    def answer(body):
        calls[0] += 1
        if b'"key":"key-0"' in body and stubborn[0] > 0:
            stubborn[0] -= 1
            return 400
        return 500 if calls[0] % 3 == 0 and calls[0] < 40 else 200

    receiver.answer = answer
    count, keys = 60, 6
    for number in range(count):
        client.put_object(Bucket=bucket, Key=f"key-{number % keys}", Body=b"x" * number)
    records = receiver.wait(count, bucket, seconds=60)
    for key in range(keys):
        sizes = [record["s3"]["object"]["size"] for record in records if record["s3"]["object"]["key"] == f"key-{key}"]
        assert sizes == sorted(sizes) and set(sizes) == set(range(key, count, keys)), (key, sizes)
    assert metric(hooked, "cairn_events_failures_total", destination="hook") > 0


def test_a_dead_destination_stops_no_other(hooked, receiver):
    client = make_client(hooked)
    dead = bucket_with(client, topic("gone", "s3:ObjectCreated:*"))
    alive = bucket_with(client, topic("hook", "s3:ObjectCreated:*"))
    for number in range(20):
        client.put_object(Bucket=dead, Key=f"{number}", Body=b"")
        client.put_object(Bucket=alive, Key=f"{number}", Body=b"")
    receiver.wait(20, alive, seconds=10)
    assert metric(hooked, "cairn_events_waiting", destination="gone") == 21
    begun = time.monotonic()
    hooked.stop()
    assert time.monotonic() - begun < 5


def test_what_waits_survives_a_restart(hooked, receiver, tmp_path):
    client = make_client(hooked)
    bucket = bucket_with(client, topic("hook", "s3:ObjectCreated:*"))
    receiver.answer = lambda body: 503
    for number in range(25):
        client.put_object(Bucket=bucket, Key=f"{number}", Body=b"")
    hooked.stop()
    receiver.answer = lambda body: 200
    hooked.start(*hooked.options)
    records = receiver.wait(25, bucket)
    assert {record["s3"]["object"]["key"] for record in records} == {str(number) for number in range(25)}
    until = time.monotonic() + WAIT_SECONDS_MAX
    while metric(hooked, "cairn_events_waiting", destination="hook") and time.monotonic() < until:
        time.sleep(0.05)
    assert metric(hooked, "cairn_events_waiting", destination="hook") == 0


def test_kill_loses_no_event(hooked, receiver):
    """Every write that was acknowledged is told, and of each key the last word is the last write."""
    client = make_client(hooked)
    bucket = bucket_with(client, topic("hook", "s3:ObjectCreated:*"))
    acknowledged = {}

    def write(worker):
        own = make_client(hooked)
        number = 0
        while True:
            number += 1
            try:
                own.put_object(Bucket=bucket, Key=f"w{worker}", Body=b"x" * number)
            except Exception:  # noqa: BLE001  the server is gone
                return
            acknowledged.setdefault(worker, []).append(number)

    for round_ in range(3):
        receiver.answer = (lambda body: 503) if round_ == 1 else (lambda body: 200)
        workers = [threading.Thread(target=write, args=(f"{round_}-{index}",)) for index in range(4)]
        for worker in workers:
            worker.start()
        time.sleep(1)
        hooked.kill()
        for worker in workers:
            worker.join()
        hooked.start(*hooked.options)
    receiver.answer = lambda body: 200
    wanted = {(f"w{worker}", number) for worker, numbers in acknowledged.items() for number in numbers}
    assert len(wanted) > 100
    until = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < until:
        told = [(record["s3"]["object"]["key"], record["s3"]["object"]["size"]) for record in receiver.records(bucket)]
        if wanted <= set(told):
            break
        time.sleep(0.1)
    assert wanted <= set(told), f"{len(wanted - set(told))} of {len(wanted)} events are lost"
    # At least once: repetitions are allowed, but a first appearance never comes after a later one's.
    for worker in acknowledged:
        firsts = list(dict.fromkeys(size for key, size in told if key == f"w{worker}"))
        assert firsts == sorted(firsts), worker
