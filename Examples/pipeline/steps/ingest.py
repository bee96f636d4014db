"""Ingest: five days of call records go into the lake as they came, tagged, and locked against change.

    ingest.py FOLDER BUCKET
"""

import datetime
import sys
from pathlib import Path
from urllib.parse import urlencode

import boto3

KEPT_DAYS = 30

folder, bucket = Path(sys.argv[1]), sys.argv[2]
s3 = boto3.client("s3")
until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=KEPT_DAYS)
for path in sorted(folder.glob("*.csv")):
    s3.put_object(
        Bucket=bucket, Key=f"calls/{path.name}", Body=path.read_bytes(), ContentType="text/csv",
        ChecksumAlgorithm="SHA256", Tagging=urlencode({"source": "switchboard", "day": path.stem}),
        ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
    print(f"ingested {path.name}")
