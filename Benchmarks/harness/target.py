"""A server under measurement: its address, its keys, and presigned request targets made before the clock starts.

Signing is done here, once, so that the load generator sends finished lines and the server alone does the verifying.
A `static` target is nginx with its WebDAV module: the practical limit of HTTP on this machine, without S3.
"""

import datetime
import hashlib
import hmac
import urllib.parse


def _mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _quoted(value):
    return urllib.parse.quote(str(value), safe="-_.~")


class Target:
    def __init__(self, name, url, access="", secret="", region="us-east-1", static=False, pids=()):
        parts = urllib.parse.urlsplit(url)
        self.name, self.static = name, static
        self.access, self.secret, self.region = access, secret, region
        self.host, self.port = parts.hostname, parts.port or 80
        self.netloc = f"{self.host}:{self.port}"
        self.url = f"http://{self.netloc}"
        self.pids = set(pids)          # processes known to belong to it, besides those that listen on its port
        self.notes = []                # what the functional check found
        self._day_key = None

    def _signing_key(self, day):
        if self._day_key is None or self._day_key[0] != day:
            key = b"AWS4" + self.secret.encode()
            for part in (day, self.region, "s3", "aws4_request"):
                key = _mac(key, part)
            self._day_key = (day, key)
        return self._day_key[1]

    def presign(self, method, path, query=None, headers=None, seconds=7200):
        """The request target for `method` on `/bucket/key`; `headers` are further headers to sign."""
        target = urllib.parse.quote(path, safe="/-_.~")
        if self.static:
            return target
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        scope = f"{day}/{self.region}/s3/aws4_request"
        signed = {"host": self.netloc} | {name.lower(): value for name, value in (headers or {}).items()}
        names = ";".join(sorted(signed))
        fields = dict(query or {}) | {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{self.access}/{scope}", "X-Amz-Date": stamp,
            "X-Amz-Expires": str(seconds), "X-Amz-SignedHeaders": names}
        text = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(fields.items()))
        canonical = "\n".join([method, target, text, "".join(f"{name}:{signed[name]}\n" for name in sorted(signed)), names,
                               "UNSIGNED-PAYLOAD"])
        to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.new(self._signing_key(day), to_sign.encode(), hashlib.sha256).hexdigest()
        return f"{target}?{text}&X-Amz-Signature={signature}"

    def presign_many(self, method, bucket, keys):
        """The same for many plain keys, without doing the common parts again for each."""
        if self.static:
            return [f"/{bucket}/{key}" for key in keys]
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        scope = f"{day}/{self.region}/s3/aws4_request"
        text = (f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={_quoted(f'{self.access}/{scope}')}"
                f"&X-Amz-Date={stamp}&X-Amz-Expires=7200&X-Amz-SignedHeaders=host")
        tail, head = f"\n{text}\nhost:{self.netloc}\n\nhost\nUNSIGNED-PAYLOAD", f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n"
        base, out = hmac.new(self._signing_key(day), b"", hashlib.sha256), []
        for key in keys:
            path, mac = f"/{bucket}/{key}", base.copy()
            mac.update((head + hashlib.sha256(f"{method}\n{path}{tail}".encode()).hexdigest()).encode())
            out.append(f"{path}?{text}&X-Amz-Signature={mac.hexdigest()}")
        return out

    def client(self):
        import boto3
        from botocore.config import Config
        settings = Config(s3={"addressing_style": "path"}, signature_version="s3v4", retries={"total_max_attempts": 1},
                          read_timeout=120)
        return boto3.client("s3", endpoint_url=self.url, aws_access_key_id=self.access, aws_secret_access_key=self.secret,
                            region_name=self.region, config=settings)
