"""A small OpenID Connect issuer on this machine: a key set, the document that says where it is, and tokens.

Invariant: it counts what it is asked, so that a test can say that it was not asked.
"""

import http.server
import json
import ssl
import threading
import time
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm


class Issuer:
    def __init__(self, path="/realms/lab", certificate=None):
        """With a certificate and its key (paths), over TLS."""
        self.asked = []
        self.redirects_to = None
        self.padding = 0
        self.keys = {}
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked.append(self.path)
                if issuer.redirects_to:
                    self.send_response(302)
                    self.send_header("location", issuer.redirects_to + self.path)
                    self.send_header("content-length", "0")
                    self.end_headers()
                    return
                documents = {path + "/.well-known/openid-configuration": issuer.configuration,
                             path + "/keys": issuer.key_set}
                found = documents.get(self.path)
                body = json.dumps(found()).encode() + b" " * issuer.padding if found else b"{}"
                self.send_response(200 if found else 404)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"localhost:{self.server.server_address[1]}{path}"
        self.url = f"http://{self.name}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.url = f"https://{self.name}"
        self.told_url = self.url
        self.add_key("one", "ES256")
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def configuration(self):
        return {"issuer": self.told_url, "jwks_uri": self.url + "/keys", "response_types_supported": ["id_token"]}

    def add_key(self, name, algorithm):
        if algorithm.startswith("ES"):
            curve = ec.SECP256R1() if algorithm == "ES256" else ec.SECP384R1()
            self.keys[name] = (algorithm, ec.generate_private_key(curve))
        else:
            self.keys[name] = (algorithm, rsa.generate_private_key(65537, 2048))

    def key_set(self):
        told = []
        for name, (algorithm, key) in self.keys.items():
            kind = ECAlgorithm if algorithm.startswith("ES") else RSAAlgorithm
            told.append({**json.loads(kind.to_jwk(key.public_key())), "kid": name, "use": "sig", "alg": algorithm})
        return {"keys": told}

    def token(self, key="one", headers=None, **claims):
        algorithm, secret = self.keys[key]
        now = int(time.time())
        told = {"iss": self.url, "sub": "alice", "aud": "trainer", "iat": now, "exp": now + 300,
                "jti": str(uuid.uuid4()), **claims}
        return jwt.encode({name: value for name, value in told.items() if value is not None}, secret,
                          algorithm=algorithm, headers={"kid": key, **(headers or {})})
