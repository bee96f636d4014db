"""Annotations with boto3: texts beside an object, sealed as it is."""

import json

import pytest
from botocore.exceptions import ClientError


def test_annotations(s3, bucket):
    s3.put_object(Bucket=bucket, Key="image", Body=b"\x89PNG")
    label = json.dumps({"label": "cat", "score": 0.97, "wörter": ["ä"]}).encode()
    made = s3.put_object_annotation(Bucket=bucket, Key="image", AnnotationName="ml.label", AnnotationPayload=label,
                                    ChecksumAlgorithm="SHA256")
    assert made["AnnotationName"] == "ml.label"
    got = s3.get_object_annotation(Bucket=bucket, Key="image", AnnotationName="ml.label", ChecksumMode="ENABLED")
    assert got["AnnotationPayload"].read() == label
    assert got["ChecksumSHA256"] == made["ChecksumSHA256"]
    for number in range(5):
        s3.put_object_annotation(Bucket=bucket, Key="image", AnnotationName=f"n{number}", AnnotationPayload=b"x")
    names = []
    token = {}
    while True:
        page = s3.list_object_annotations(Bucket=bucket, Key="image", MaxAnnotationResults=4, **token)
        names += [entry["AnnotationName"] for entry in page["Annotations"]]
        if "NextContinuationToken" not in page:
            break
        token = {"ContinuationToken": page["NextContinuationToken"]}
    assert names == ["ml.label", "n0", "n1", "n2", "n3", "n4"]
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "image"})
    assert len(s3.list_object_annotations(Bucket=bucket, Key="copy")["Annotations"]) == 6
    s3.delete_object_annotation(Bucket=bucket, Key="image", AnnotationName="ml.label")
    with pytest.raises(ClientError) as missing:
        s3.get_object_annotation(Bucket=bucket, Key="image", AnnotationName="ml.label")
    assert missing.value.response["Error"]["Code"] == "NoSuchAnnotation"
    with pytest.raises(ClientError) as binary:
        s3.put_object_annotation(Bucket=bucket, Key="image", AnnotationName="n", AnnotationPayload=b"\xff\xfe")
    assert binary.value.response["Error"]["Code"] == "UnsupportedMediaType"
    s3.delete_object(Bucket=bucket, Key="image")
    with pytest.raises(ClientError) as gone:
        s3.list_object_annotations(Bucket=bucket, Key="image")
    assert gone.value.response["Error"]["Code"] == "NoSuchKey"
