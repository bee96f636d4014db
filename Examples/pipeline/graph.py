"""An answer of `cairn lineage … --json` as Python sees it: versions, runs, and what each run read and wrote."""

import json


class Graph:
    def __init__(self, text):
        answer = json.loads(text)
        assert not answer["isPartial"], answer["gaps"]
        nodes = answer["nodes"]
        self.versions = {node["id"]: node for node in nodes if node["kind"] == "version"}
        self.runs = {node["id"]: node for node in nodes if node["kind"] == "run"}
        self.edges = answer["edges"]

    def made_by(self, job):
        """(bucket, key, version id) of each version in the answer that runs of a job wrote."""
        return {self.place(edge["from"]) for edge in self.edges
                if edge["kind"] == "generated" and self.job(edge["to"]) == job}

    def read_by(self, job):
        """The same of what they read, without what they had written themselves on the way."""
        read = {self.place(edge["to"]) for edge in self.edges
                if edge["kind"] == "used" and self.job(edge["from"]) == job}
        return read - self.made_by(job)

    @property
    def copies(self):
        """Copy → what it was copied from."""
        return {self.place(edge["from"]): self.place(edge["to"]) for edge in self.edges if edge["kind"] == "copiedFrom"}

    def evidence(self, kind):
        return {edge["evidence"] for edge in self.edges if edge["kind"] == kind}

    @property
    def places(self):
        return {self.place(name) for name in self.versions}

    @property
    def jobs(self):
        return {run.get("job") for run in self.runs.values()}

    def place(self, name):
        node = self.versions[name]
        return node["bucket"], node["key"], node["versionId"]

    def job(self, name):
        return self.runs[name].get("job")
