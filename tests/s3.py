"""An S3 of our own for tests: moto behind a gate that checks keys, signatures and checksums, refuses to replace, and breaks things when told to."""

import hashlib
import hmac
import io
import random
import socket
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

KEY, SECRET, BUCKET = "AKIATESTTESTTESTTEST", "secret-of-tests", "cold-events"
FAULTS = ("busy", "reset", "answer_lost", "flipped")


@dataclass
class Gate:
    """What stands before the bucket. `rate` is the part of requests that meets one of `faults`; `requests` counts what came, `broken` what was broken."""

    rate: float = 0.0
    faults: tuple[str, ...] = FAULTS
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    port: int = 0
    requests: int = 0
    broken: int = 0
    written: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    _moto: Any = field(default_factory=lambda: DomainDispatcherApplication(create_backend_app))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data()
        refused = self._refusal(request, body)
        if refused is not None:
            return refused(environ, start_response)
        with self._lock:
            self.requests += 1
            fault = self.chance.choice(self.faults) if self.chance.random() < self.rate else ""
            self.broken += bool(fault)
            if fault == "busy":
                return _refused(503, "SlowDown")(environ, start_response)
            if fault == "reset":
                return _broken(environ)
            if request.method == "PUT" and request.headers.get("If-None-Match") == "*" and self._has(environ):
                return _refused(412, "PreconditionFailed")(environ, start_response)
            answer = Response.from_app(self._moto, _again(environ, body))
            if request.method == "PUT" and answer.status_code == 200:
                self.written.append(request.path)
            if request.method == "DELETE":
                self.deleted.append(request.path)
        if fault == "answer_lost":
            return _broken(environ)
        if fault == "flipped" and request.method == "GET" and answer.status_code == 200:
            answer.set_data(_flipped(answer.get_data()))
        return answer(environ, start_response)

    def _has(self, environ: dict[str, Any]) -> bool:
        return Response.from_app(self._moto, {**_again(environ, b""), "REQUEST_METHOD": "HEAD"}).status_code == 200

    def _refusal(self, request: Request, body: bytes) -> Response | None:
        """What S3 itself refuses, and moto does not."""
        if not _is_signed(request, body):
            return _refused(403, "SignatureDoesNotMatch")
        told = request.headers.get("x-amz-checksum-sha256")
        if told is not None and told != b64encode(hashlib.sha256(body).digest()).decode():
            return _refused(400, "BadDigest")
        return None

    @property
    def url(self) -> str:
        """For ARCHIVE_URL."""
        return f"s3://{KEY}:{SECRET}@{BUCKET}/events?endpoint=http://127.0.0.1:{self.port}&region=us-east-1"


def _broken(environ: dict[str, Any]) -> Iterable[bytes]:
    """Breaks the line off, without an answer."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError


def _again(environ: dict[str, Any], body: bytes) -> dict[str, Any]:
    return {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _refused(status: int, code: str) -> Response:
    return Response(f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{code}</Message></Error>", status, content_type="application/xml")


def _flipped(content: bytes) -> bytes:
    if not content:
        return content
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def _is_signed(request: Request, body: bytes) -> bool:
    """Whether the request bears the signature (version 4) of the one who holds SECRET."""
    told = request.headers.get("Authorization", "")
    if not told.startswith("AWS4-HMAC-SHA256 "):
        return False
    parts = dict(part.strip().split("=", 1) for part in told.removeprefix("AWS4-HMAC-SHA256 ").split(","))
    key, day, region, service, _ = parts["Credential"].split("/")
    payload = request.headers.get("x-amz-content-sha256", "")
    if key != KEY or (len(payload) == 64 and payload != hashlib.sha256(body).hexdigest()):
        return False
    names = parts["SignedHeaders"].split(";")
    query = "&".join(
        sorted(
            f"{quote(unquote(k), safe='-_.~')}={quote(unquote(v), safe='-_.~')}"
            for k, _, v in (p.partition("=") for p in request.query_string.decode().split("&") if p)
        )
    )
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names)
    path = request.environ.get("RAW_URI", request.environ["REQUEST_URI"]).partition("?")[0]
    canonical = "\n".join([request.method, path, query, headers, parts["SignedHeaders"], payload])
    moment = request.headers["x-amz-date"]
    text = "\n".join(["AWS4-HMAC-SHA256", moment, f"{day}/{region}/{service}/aws4_request", hashlib.sha256(canonical.encode()).hexdigest()])
    sealed = f"AWS4{SECRET}".encode()
    for word in (day, region, service, "aws4_request"):
        sealed = hmac.new(sealed, word.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(hmac.new(sealed, text.encode(), hashlib.sha256).hexdigest(), parts["Signature"])


@contextmanager
def s3() -> Iterator[Gate]:
    """A bucket on this machine, empty, behind its gate."""
    import boto3

    gate = Gate()
    server = make_server("127.0.0.1", 0, gate, threaded=True)
    gate.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{gate.port}", aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1"
    ).create_bucket(Bucket=BUCKET)
    gate.requests = 0
    gate.written.clear()
    try:
        yield gate
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
