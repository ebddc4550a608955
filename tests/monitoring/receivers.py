"""Receivers of messages: real servers on this machine, over HTTP or HTTPS, that keep what they were sent and answer as a test wishes."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Post:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What a server has had, and what it answers: a status and a body for each request, the last one for all further."""

    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    posts: list[Post] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b"ok")])
    location: str = ""
    drip_seconds: float = 0.0
    """Rest before each byte of the answer, if any."""

    @property
    def place(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """An address at which it listens."""
        return f"{self.scheme}://{self.place}/hook"


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.posts.append(Post(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            status, answer = receiver.answers[min(len(receiver.posts), len(receiver.answers)) - 1]
            head = f"HTTP/1.1 {status} Answer\r\nContent-Length: {len(answer)}\r\n"
            head += f"Location: {receiver.location}\r\n" if receiver.location else ""
            self._say(f"{head}\r\n".encode() + answer)

        do_GET = do_POST

        def _say(self, said: bytes) -> None:
            try:
                if not receiver.drip_seconds:
                    self.wfile.write(said)
                for byte in said if receiver.drip_seconds else b"":
                    self.wfile.write(bytes([byte]))
                    time.sleep(receiver.drip_seconds)
            except OSError:  # the client has hung up
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            return

    return Handler


@contextmanager
def receiving(authority: "Authority | None" = None, *, host: str = "127.0.0.1") -> Iterator[Receiver]:
    """A receiver until the end of the block; with an AUTHORITY over TLS, under the name HOST."""
    receiver = Receiver(host=host)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    server.daemon_threads = True
    if authority is not None:
        receiver.scheme = "https"
        server.socket = authority.context(host).wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *args: None  # type: ignore[method-assign]  # a client that does not trust it
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class Authority:
    """Certificates for receivers, signed by an authority of this test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority of the tests")])
        made = self._certificate(name, name, self.key, is_authority=True)
        self.name, self.file = name, folder / "authority.pem"
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str) -> ssl.SSLContext:
        """TLS of a server named HOST."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        made = self._certificate(name, self.name, key, is_authority=False)
        place = self.folder / f"{host}.pem"
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        place.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(place)
        return context

    def _certificate(self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        common = str(subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        if is_authority:
            usage = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
            usage |= {"key_cert_sign": True, "crl_sign": True, "encipher_only": False, "decipher_only": False}
            builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
        else:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(common)]), critical=False)
        return builder.sign(self.key, hashes.SHA256())
