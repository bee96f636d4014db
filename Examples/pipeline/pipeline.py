"""From raw files to an archived model with clients that know nothing of lineage, and the whole way back.

    pipeline.py [FOLDER]

Each step is a program of its own, started by `cairn run exec`; the steps' code says nothing of where its data comes
from. What the store then answers is held against what the steps really did, version by version. Ends with 0 only if
all of it is right.
"""

import hashlib
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import boto3

import raw
from graph import Graph
from store import Store

STEPS = Path(__file__).resolve().parent / "steps"
USED_DAYS = [1, 2, 3]
BAD_DAY = 2
ARCHIVED = "s3://archive/churn/model.json"


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="cairn-pipeline-"))
    store = Store(folder)
    store.start()
    try:
        Story(store, folder).tell()
    finally:
        store.kill()
        if len(sys.argv) <= 1:
            shutil.rmtree(folder)
    print("pipeline: everything is as it should be")


class Story:
    def __init__(self, store, folder):
        self.store, self.folder = store, folder
        names = store.environment
        self.s3 = boto3.client(
            "s3", endpoint_url=names["AWS_ENDPOINT_URL"], region_name=names["AWS_DEFAULT_REGION"],
            aws_access_key_id=names["AWS_ACCESS_KEY_ID"], aws_secret_access_key=names["AWS_SECRET_ACCESS_KEY"])

    def tell(self):
        self.prepare()
        self.run_steps()
        self.correct_a_raw_file()
        self.walk_back()
        self.walk_forward()
        self.compare_digests()
        self.make_again()
        self.tamper()

    # ---- what happens

    def prepare(self):
        raw.write(self.folder / "raw")
        for name in ("raw", "archive"):
            self.s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
        for name in ("lake", "models"):
            self.s3.create_bucket(Bucket=name)
            self.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def step(self, job, program, *arguments):
        """The only thing that a user changes: `cairn run exec --job NAME --` before the command."""
        begun = time.monotonic()
        said = self.store.cairn("run", "exec", "--job", job, "--", sys.executable, STEPS / program, *arguments)
        lines = [line for line in said.splitlines() if line.strip()]
        print(f"{job:9} {lines[-1] if lines else ''}  ({time.monotonic() - begun:.1f} s)", flush=True)

    def run_steps(self):
        self.step("ingest", "ingest.py", self.folder / "raw", "raw")
        self.step("clean", "clean.py", "s3a://lake/clean", *(f"s3a://raw/calls/day-{day}.csv" for day in USED_DAYS))
        self.step("features", "features.py", "s3://lake/features", "s3://lake/clean")
        self.step("train", "train.py", "s3://models/churn/model.json", "s3://lake/features")
        self.step("archive", "archive.py", "models", "churn/model.json", "archive")
        # What the steps wrote, by listing: the lineage is held against this.
        self.raw = {day: self.only(f"raw/calls/day-{day}.csv") for day in raw.DAYS}
        self.clean = self.written("lake", "clean/part-")
        self.features = self.written("lake", "features/")
        self.checkpoints = self.written("models", "churn/checkpoints/")
        self.model, self.archived = self.only("models/churn/model.json"), self.only("archive/churn/model.json")
        assert self.clean and len(self.features) == 2 and len(self.checkpoints) == 3

    def written(self, bucket, prefix):
        """(bucket, key, version id) of every version below a prefix."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        return {(bucket, entry["Key"], entry["VersionId"]) for page in pages for entry in page.get("Versions", [])}

    def only(self, path):
        found = self.written(*path.split("/", 1))
        assert len(found) == 1, found
        return found.pop()

    def content(self, place):
        bucket, key, version = place
        return self.s3.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read()

    def correct_a_raw_file(self):
        """Afterwards the name of one input means other bytes: what the model was made from must not move with it."""
        corrected = self.folder / "corrected"
        corrected.mkdir()
        text = (self.folder / f"raw/day-{BAD_DAY}.csv").read_text()
        (corrected / f"day-{BAD_DAY}.csv").write_text(text.replace("n/a", ""))
        self.step("correct", "ingest.py", corrected, "raw")
        versions = self.written("raw", f"calls/day-{BAD_DAY}.csv")
        self.corrected = (versions - {self.raw[BAD_DAY]}).pop()

    # ---- what the store knows of it

    def lineage(self, direction, place):
        bucket, key, version = place
        return Graph(self.store.cairn("lineage", direction, f"s3://{bucket}/{key}?versionId={version}", "--json"))

    def walk_back(self):
        back = Graph(self.store.cairn("lineage", "upstream", ARCHIVED, "--json"))
        used = {self.raw[day] for day in USED_DAYS}
        assert back.jobs == {"ingest", "clean", "features", "train", "archive"}, back.jobs
        assert back.read_by("ingest") == set()
        assert back.read_by("clean") == used, back.read_by("clean")
        assert back.read_by("features") == self.clean, back.read_by("features")
        assert back.read_by("train") == self.features, back.read_by("train")
        # The archive step read nothing: the store copied, by reference.
        assert back.read_by("archive") == set(), back.read_by("archive")
        copied = {target: source for target, source in back.copies.items() if target[0] != "lake"}
        assert copied == {self.archived: self.model}, copied
        assert back.made_by("ingest") == used
        assert self.clean <= back.made_by("clean")
        assert back.made_by("features") == self.features
        assert back.made_by("train") == {self.model}
        assert back.made_by("archive") == {self.archived}
        # Nothing else is there but what Spark wrote on its way to the clean files and removed again.
        known = used | self.clean | self.features | {self.model, self.archived}
        assert all(key.startswith("clean/_temporary/") for _, key, _ in back.places - known), back.places - known
        not_read = {self.raw[day] for day in raw.DAYS if day not in USED_DAYS} | {self.corrected}
        assert not not_read & back.places
        assert back.evidence("used") == back.evidence("generated") == {"observed"}
        self.told = {back.place(name): node["sha256"] for name, node in back.versions.items()}
        print(f"upstream  {len(back.versions)} versions, {len(back.runs)} runs; raw files: "
              + ", ".join(sorted(key for bucket, key, _ in back.places if bucket == "raw")))

    def walk_forward(self):
        touched = self.lineage("downstream", self.raw[BAD_DAY])
        expected = self.clean | self.features | self.checkpoints | {self.model, self.archived}
        assert expected <= touched.places, expected - touched.places
        assert not any(bucket == "raw" for bucket, *_ in touched.places - {self.raw[BAD_DAY]}), touched.places
        # The archive step had the store copy, and read nothing.
        assert touched.jobs == {"clean", "features", "train"}, touched.jobs
        for place in (self.raw[5], self.corrected):
            assert self.lineage("downstream", place).places == {place}
        print(f"impact    of the bad day {BAD_DAY}: {len(touched.versions) - 1} versions, among them "
              + ", ".join(sorted(f"s3://{bucket}/{key}" for bucket, key, _ in touched.places if bucket == "archive")))

    def compare_digests(self):
        """What the graph says of the content of each version, against the content. These reads are lineage as well."""
        for place in {self.raw[day] for day in USED_DAYS} | self.clean | self.features | {self.model, self.archived}:
            assert self.told[place] == hashlib.sha256(self.content(place)).hexdigest(), place

    def make_again(self):
        """Somebody who has only the manifest of the archived model trains it once more, and gets the same bytes."""
        manifest = json.loads(self.store.cairn("lineage", "manifest", ARCHIVED, "--json"))
        inputs = {(entry["bucket"], entry["key"], entry["versionId"]): entry for entry in manifest["inputs"]}
        assert {self.raw[day] for day in USED_DAYS} <= set(inputs)
        kept = {entry["retentionMode"] for place, entry in inputs.items() if place[0] == "raw"}
        assert kept == {"GOVERNANCE"}, kept
        for bucket, key, version in self.features:
            content = self.content((bucket, key, version))
            assert hashlib.sha256(content).hexdigest() == inputs[bucket, key, version]["sha256"]
            self.s3.copy_object(Bucket="lake", Key=f"again/{key}",
                                CopySource={"Bucket": bucket, "Key": key, "VersionId": version})
        self.step("reproduce", "train.py", "s3://models/again/model.json", "s3://lake/again/features")
        assert self.content(self.only("models/again/model.json")) == self.content(self.archived)
        print("reproduce the model that was trained again has the same bytes")

    # ---- and that nobody can change it unseen

    def tamper(self):
        content = self.content(self.raw[BAD_DAY])
        self.store.stop()
        self.store.cairn("audit", "checkpoint", self.store.data)
        print("audit     " + self.store.cairn("audit", "verify", self.store.data).strip())
        self.flip(content[100:400])
        said = self.store.cairn("audit", "verify", self.store.data, expect=1)
        assert f"raw/calls/day-{BAD_DAY}.csv" in said, said
        print("tampered  " + said.strip())

    def flip(self, passage):
        """Changes one bit of one input where it lies on the disk."""
        for path in (self.store.data / "segments").glob("*.seg"):
            at = path.read_bytes().find(passage)
            if at >= 0:
                with open(path, "r+b") as file:
                    file.seek(at)
                    file.write(bytes([passage[0] ^ 1]))
                return
        raise AssertionError("the input is in no segment")


if __name__ == "__main__":
    main()
