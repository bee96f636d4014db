"""Archive: the model becomes evidence. Nobody, not even the owner of the store, can change or delete it for a year.

    archive.py SOURCE_BUCKET KEY ARCHIVE_BUCKET
"""

import datetime
import sys

import boto3

source, key, archive = sys.argv[1:]
until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=365)
boto3.client("s3").copy_object(
    Bucket=archive, Key=key, CopySource={"Bucket": source, "Key": key},
    ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)
print(f"archived {key} until {until:%Y-%m-%d}")
