"""Expecting an exact S3 error from boto3."""

from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError


class Refusal:
    code = status = response = None


@contextmanager
def refused(code, status):
    """The block must raise a ClientError with exactly this code and HTTP status.

    HEAD answers have no body, so botocore reports the bare status as their code there: pass it as text.
    """
    seen = Refusal()
    with pytest.raises(ClientError) as caught:
        yield seen
    seen.response = caught.value.response
    seen.code = seen.response["Error"]["Code"]
    seen.status = seen.response["ResponseMetadata"]["HTTPStatusCode"]
    assert (seen.code, seen.status) == (code, status), seen.response
