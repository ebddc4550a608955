"""How EMAIL_URL is read."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


def read(monkeypatch: pytest.MonkeyPatch, url: str) -> env.Mail:
    monkeypatch.setenv("EMAIL_URL", url)
    return env.mail("EMAIL_URL")


def test_mail__is_printed_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)

    assert env.mail("EMAIL_URL").backend == "django.core.mail.backends.console.EmailBackend"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("smtp://relay", ("relay", 25, "", "", False, False)),
        ("smtp://relay:587", ("relay", 587, "", "", True, False)),
        ("smtp://me%40here:p%3Aw@relay:2525", ("relay", 2525, "me@here", "p:w", True, False)),
        ("smtps://me:pw@relay", ("relay", 465, "me", "pw", False, True)),
    ],
)
def test_mail__of_a_server(monkeypatch: pytest.MonkeyPatch, url: str, told: tuple[str, int, str, str, bool, bool]) -> None:
    mail = read(monkeypatch, url)

    assert (mail.host, mail.port, mail.user, mail.password, mail.starts_tls, mail.is_tls) == told


@pytest.mark.parametrize("url", ["relay:25", "http://relay", "smtp://"])
def test_mail__refuses_what_is_no_server(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="must look like smtp://"):
        read(monkeypatch, url)
