"""As much of Firebase as signing in asks of it: certificates, the look-up of a person, and sign-in by password. Over HTTP, so
that Google's own library checks real signatures against it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.serving import QuietHandler, Server

PROJECT = "multivio-test"
KID = "key-1"


@lru_cache
def make_key(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "firebase")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def pem(key: rsa.RSAPrivateKey) -> str:
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


@dataclass
class FakeFirebase:
    """`people` by uid, as accounts:lookup tells of them; `asked` has the uids of each look-up. `is_down`: everything answers
    502, which their client does not ask again after seconds of patience, as it does after a 503."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: make_key(1))
    other_key: rsa.RSAPrivateKey = field(default_factory=lambda: make_key(2))
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    passwords: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    is_down: bool = False
    url: str = ""

    def token(self, uid: str = "uid-1", *, signed_by: rsa.RSAPrivateKey | None = None, **changes: Any) -> str:
        """An ID token of somebody who signed in just now; `changes` replace claims, and None leaves one out."""
        now = int(time.time())
        email = changes.pop("email", "maja@gmail.com")
        headers = changes.pop("headers", {"kid": KID})
        algorithm = changes.pop("algorithm", "RS256")
        claims: dict[str, Any] = {
            "iss": f"https://securetoken.google.com/{PROJECT}",
            "aud": PROJECT,
            "sub": uid,
            "iat": now,
            "exp": now + 3600,
            "auth_time": now,
            "email": email,
            "email_verified": True,
            "name": "Maja Lindqvist",
            "firebase": {"sign_in_provider": "password", "identities": {"email": [email]}},
            **changes,
        }
        self.people.setdefault(uid, {"localId": uid, "email": email, "validSince": "0", "disabled": False})
        signing: Any = {"none": None, "HS256": "a-secret-that-somebody-chose-which-is-long-enough"}.get(
            algorithm, signed_by or self.key
        )
        told = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(told, signing, algorithm=algorithm, headers=headers)

    def credentials(self) -> str:
        account = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "x",
            "private_key": pem(self.other_key),
            "client_email": "multivio@example.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": f"{self.url}/token",
        }
        return json.dumps(account)

    def answer(self, path: str, body: bytes) -> tuple[int, Any]:
        if self.is_down:
            return 502, {"error": {"message": "BAD_GATEWAY", "status": "UNAVAILABLE"}}
        if path == "/certs":
            return 200, {KID: certificate(self.key)}
        if path == "/token":
            return 200, {"access_token": "x", "expires_in": 3600, "token_type": "Bearer"}
        if path.endswith("accounts:lookup"):
            asked = json.loads(body)["localId"]
            self.asked.append(list(asked))
            found = [self.people[uid] for uid in asked if uid in self.people]
            return 200, {"users": found} if found else {}
        if path.endswith("accounts:signInWithPassword"):
            sent = json.loads(body)
            password, token = self.passwords.get(sent["email"], ("", ""))
            if password and sent["password"] == password:
                return 200, {"idToken": token, "localId": "x"}
            return 400, {"error": {"message": "INVALID_LOGIN_CREDENTIALS", "code": 400}}
        return 404, {}


@contextmanager
def running() -> Iterator[FakeFirebase]:
    fake = FakeFirebase()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told = fake.answer(urlsplit(self.path).path, body)
            shown = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(shown)))
            self.end_headers()
            self.wfile.write(shown)

    with Server(Handler) as server:
        fake.url = server.url
        yield fake
