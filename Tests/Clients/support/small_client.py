"""A thin S3 client for load: one keep-alive connection, requests signed by hand, nothing retried, nothing hidden.

Invariant: a call returns a complete answer or raises; `Broken` means that nobody knows what the server did.
"""

import http.client
import random
import re
import ssl
import threading

from support.signing import Signer

TIMEOUT_SECONDS = 60


class Broken(Exception):
    """The connection ended before the answer was complete."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def code(self):
        found = re.search(rb"<Code>([^<]*)</Code>", self.body)
        return found.group(1).decode() if found else None

    def __repr__(self):
        return f"<{self.status} {self.code} {self.body[:300]!r}>"


class SmallClient:
    def __init__(self, server):
        self.server, self.signer, self.connection = server, Signer(server), None

    def request(self, method, path, query=(), headers=(), body=b""):
        target, signed = self.signer.sign(method, path, query, headers, body)
        try:
            if self.connection is None:
                make = http.client.HTTPConnection
                options = {}
                if self.server.scheme == "https":
                    make, options = http.client.HTTPSConnection, {
                        "context": ssl.create_default_context(cafile=str(self.server.certificate))}
                self.connection = make(self.server.host, self.server.port, timeout=TIMEOUT_SECONDS, **options)
            try:
                self.connection.request(method, target, body=body if method in ("PUT", "POST") else None, headers=signed)
            except BrokenPipeError:
                pass  # refused before the whole body was sent: the answer says why, and urllib3 reads it as well
            answer = self.connection.getresponse()
            content = answer.read()
            if answer.will_close:
                self.close()
            return Answer(answer.status, answer.headers, content)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Broken(f"{method} {path}: {error!r}") from error

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def expect(self, status, *request, **options):
        answer = self.request(*request, **options)
        assert answer.status == status, (request[:2], answer)
        return answer

    # The few operations that the fault tests need.

    def put(self, bucket, key, body):
        return self.request("PUT", f"/{bucket}/{key}", body=body)

    def get(self, bucket, key):
        return self.request("GET", f"/{bucket}/{key}")

    def delete(self, bucket, key):
        return self.request("DELETE", f"/{bucket}/{key}")

    def copy(self, bucket, source, key):
        return self.request("PUT", f"/{bucket}/{key}", headers={"x-amz-copy-source": f"/{bucket}/{source}"})

    def create_upload(self, bucket, key):
        answer = self.request("POST", f"/{bucket}/{key}", {"uploads": ""})
        found = re.search(rb"<UploadId>([^<]+)</UploadId>", answer.body)
        return answer, found.group(1).decode() if found else None

    def put_part(self, bucket, key, upload, number, body):
        return self.request("PUT", f"/{bucket}/{key}", {"uploadId": upload, "partNumber": number}, body=body)

    def complete(self, bucket, key, upload, etags):
        parts = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
                        for number, etag in sorted(etags.items()))
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        return self.request("POST", f"/{bucket}/{key}", {"uploadId": upload}, body=body)

    def list(self, bucket, prefix=""):
        """Key → entity tag, over all pages, for keys that need no escaping."""
        found, token = {}, None
        while True:
            query = {"list-type": "2", "prefix": prefix} | ({"continuation-token": token} if token else {})
            page = self.expect(200, "GET", f"/{bucket}", query).body.decode()
            for entry in re.findall(r"<Contents>(.*?)</Contents>", page, re.DOTALL):
                key = re.search(r"<Key>(.*?)</Key>", entry).group(1)
                found[key] = re.search(r"<ETag>(.*?)</ETag>", entry).group(1).replace("&quot;", '"').replace("&#34;", '"')
            token = re.search(r"<NextContinuationToken>(.*?)</NextContinuationToken>", page)
            if not token:
                return found
            token = token.group(1).replace("&amp;", "&")


class Stepper(threading.Thread):
    """Takes steps with a client of its own until it is told to stop or its server is killed; `failure` is what else ended
    it."""

    def __init__(self, name, server, seed, stopping):
        super().__init__(name=name, daemon=True)
        self.server, self.choose, self.stopping, self.failure = server, random.Random(seed), stopping, None

    def run(self):
        client = SmallClient(self.server)
        try:
            while not self.stopping.is_set():
                self.step(client)
        except Broken:
            pass
        except BaseException as error:
            self.failure = error
        finally:
            client.close()
