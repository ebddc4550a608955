"""Row 29 of the bar: whatever address is entered for a channel, no request reaches a machine inside. A plain client does reach it."""

import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import checks

from monitoring.addresses import demand_public, target_of
from monitoring.errors import AddressRefused, Unanswered
from monitoring.outgoing import ANSWER_BYTES_MAX, post
from tests.monitoring.receivers import Authority, Receiver, receiving

INSIDE = (
    *("127.0.0.1", "127.1", "127.0.0.53", "localhost", "localhost.", "LOCALHOST", "0.0.0.0", "0", "2130706433", "0x7f000001", "017700000001"),  # noqa: S104
    *("0x7f.0.0.1", "0177.0.0.1", "127.0.0.1.", "127.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    *("[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::80ff:fffe]", "[2001:0:808:808::80ff:fffe]"),
    *("[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd12:3456::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[3fff::1]", "[100::1]"),
    *("[2001:4860::5efe:127.0.0.1]", "[2001:20::1]", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.0.1"),
    *("100.64.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("192.88.99.1", "192.0.0.8", "１２７.０.０.１", "127。0。0。1", "user@127.0.0.1", "example.org@127.0.0.1", "127.0.0.1#@example.org"),  # noqa: RUF001
    *("127.0.0.1\\@example.org", "[::ffff:169.254.169.254]", "[64:ff9b::10.0.0.1]", "0x7f.1", "00000000177.1", "2852039166", "[::ffff:0:127.0.0.1]"),
)
"""Hosts that are, or lead, inside, in every spelling that a parser or a resolver may take."""
PUBLIC = ("8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1", "193.0.0.1")


@pytest.fixture
def inside() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def refused(url: str) -> str:
    """Why nothing was sent; blank when something was."""
    try:
        post(url, b"{}", {}, seconds=0.5)
    except AddressRefused as error:
        return str(error)
    except Unanswered as error:
        return f"SENT {error}"
    return "SENT"


@pytest.mark.parametrize("number", range(len(INSIDE)))
def test_post__never_reaches_inside(inside: Receiver, number: int) -> None:
    host = INSIDE[number]

    said = [refused(f"{scheme}://{host}:{inside.port}/hook") for scheme in ("https", "http")]

    assert [sentence.startswith("Nothing is sent to this address") for sentence in said] == [True, True], said
    assert inside.posts == []


@pytest.mark.parametrize("address", [host.strip("[]") for host in INSIDE if host[:1] == "[" and "%" not in host])
def test_demand_public__refuses_what_a_resolver_may_answer(address: str) -> None:
    with pytest.raises(AddressRefused):
        demand_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_demand_public__lets_the_internet_pass(address: str) -> None:
    demand_public(address)


NO_ADDRESSES = (
    *("", "hook", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org", "https://", "https:///x", "https://exa mple.org"),
    *("https://a..b/x", "https://example.org:99999/", "https://example.org\r\nHost: inside/", "https://-a.example/", "https://example.org:x/"),
    *("javascript:alert(1)", "//example.org/", "https://[::1", "https://[v1.x]/", "https://ex%61mple.org/", "https://example.org/\u2028"),
)


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_target_of__refuses_what_is_no_address(url: str) -> None:
    with pytest.raises(AddressRefused):
        target_of(url)


def test_target_of__keeps_name_port_and_path() -> None:
    target = target_of("https://Bücher.Example.:8443/a%20b?c=d#e")

    assert (target.host, target.port, target.path) == ("xn--bcher-kva.example", 8443, "/a%20b?c=d")


def test_plain_client__does_reach_inside(inside: Receiver) -> None:
    """The control: the same addresses, by a client without the guard."""
    reached = 0
    for host in ("127.0.0.1", "127.1", "localhost", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"):
        try:
            urllib.request.urlopen(urllib.request.Request(f"http://{host}:{inside.port}/hook", b"{}"), timeout=5).read()
        except OSError:
            continue
        reached += 1

    assert reached >= 5
    assert len(inside.posts) == reached


class Rebinding:
    """A resolver that answers first with an address of the internet, then with one inside."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = answers, 0

    def __call__(self, host: str, port: Any, *args: Any, **kwargs: Any) -> list[Any]:
        address = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port)))]


def test_post__resolves_once_and_connects_to_what_was_checked(inside: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Rebinding("192.52.193.1", "127.0.0.1")  # of the internet, and nobody answers there
    monkeypatch.setattr(socket, "getaddrinfo", resolver)

    said = refused(f"https://rebinding.example:{inside.port}/hook")

    assert said.startswith("SENT There was no answer")
    assert (resolver.asked, inside.posts) == (1, [])


def test_check_then_connect__is_led_inside_by_rebinding(inside: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a client that checks the name's address, and then lets its library resolve the name again."""
    monkeypatch.setattr(socket, "getaddrinfo", Rebinding("8.8.8.8", "127.0.0.1"))
    url = f"http://rebinding.example:{inside.port}/hook"

    ((*_, address),) = socket.getaddrinfo("rebinding.example", inside.port)
    demand_public(address[0])
    urllib.request.urlopen(urllib.request.Request(url, b"{}"), timeout=5).read()

    assert len(inside.posts) == 1


def test_post__refuses_a_name_with_one_address_inside(inside: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, inside.port)) for address in ("8.8.8.8", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)

    assert refused(f"https://both.example:{inside.port}/hook").startswith("Nothing is sent")
    assert inside.posts == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_post__follows_no_redirect(inside: Receiver, settings: Any, status: int) -> None:
    with receiving() as outside:
        settings.OUTGOING_TEST_RECEIVERS = {outside.place: ""}
        outside.answers, outside.location = [(status, b"")], inside.url

        answer = post(outside.url, b"{}", {})

    assert (answer.status, answer.is_success, len(outside.posts), inside.posts) == (status, False, 1, [])


def test_plain_client__follows_a_redirect_inside(inside: Receiver) -> None:
    """The control."""
    with receiving() as outside:
        outside.answers, outside.location = [(302, b"")], inside.url
        urllib.request.urlopen(urllib.request.Request(outside.url, b"{}"), timeout=5).read()

    assert len(inside.posts) == 1


def test_post__keeps_the_name_for_tls_and_host(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    with receiving(authority, host="hooks.example") as receiver:
        settings.OUTGOING_TEST_RECEIVERS = {receiver.place: str(authority.file)}
        monkeypatch.setattr(socket, "getaddrinfo", Rebinding("127.0.0.1"))

        answer = post(receiver.url, b'{"a":1}', {"X-Word": "b"})

    (had,) = receiver.posts
    assert (answer.status, answer.text, had.body) == (200, "ok", b'{"a":1}')
    assert (had.headers["host"], had.headers["x-word"]) == (receiver.place, "b")


def test_post__refuses_a_certificate_of_another_name(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    with receiving(authority, host="hooks.example") as receiver:
        settings.OUTGOING_TEST_RECEIVERS = {f"other.example:{receiver.port}": str(authority.file)}
        monkeypatch.setattr(socket, "getaddrinfo", Rebinding("127.0.0.1"))

        with pytest.raises(Unanswered, match="SSLCertVerificationError"):
            post(f"https://other.example:{receiver.port}/hook", b"{}", {})

    assert receiver.posts == []


def test_post__ends_in_time_when_an_answer_drips(settings: Any) -> None:
    with receiving() as receiver:
        settings.OUTGOING_TEST_RECEIVERS = {receiver.place: ""}
        receiver.drip_seconds = 0.1
        began = time.monotonic()

        with pytest.raises(Unanswered):
            post(receiver.url, b"{}", {}, seconds=0.5)

    assert time.monotonic() - began < 5


def test_post__reads_the_beginning_of_a_huge_answer(settings: Any) -> None:
    with receiving() as receiver:
        settings.OUTGOING_TEST_RECEIVERS = {receiver.place: ""}
        receiver.answers = [(200, b"x" * 5_000_000)]

        answer = post(receiver.url, b"{}", {})

    assert len(answer.text) == ANSWER_BYTES_MAX


def test_post__asks_no_proxy(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        settings.OUTGOING_TEST_RECEIVERS = {receiver.place: ""}

        post(receiver.url, b"{}", {})

    assert (len(receiver.posts), proxy.posts) == (1, [])


def test_check_deploy__refuses_receivers_of_tests(settings: Any) -> None:
    clean = [found.id for found in checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=True)]
    settings.OUTGOING_TEST_RECEIVERS = {"127.0.0.1:80": ""}

    found = [each.id for each in checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=True)]

    assert "monitoring.E001" not in clean
    assert "monitoring.E001" in found
