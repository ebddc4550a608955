"""E-mails: text and HTML, one message to all addresses of a channel, with an id that stays the same at every attempt."""

import time
from collections.abc import Sequence

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from monitoring.channels.letter import Letter, Told, facts_of, headline


def send(letter: Letter, addresses: Sequence[str]) -> Told:
    """Sends it now."""
    began = time.monotonic()
    subject = " ".join(headline(letter).split())
    headers = {"Message-ID": f"<{letter.id}@sextant.invalid>", "Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(subject, _text(letter), to=list(addresses), headers=headers)
    mail.attach_alternative(_html(letter), "text/html")
    try:
        mail.send()
    except OSError as error:  # smtplib's errors are OSErrors too
        return Told(False, getattr(error, "smtp_code", None), f"The e-mail was not taken: {type(error).__name__}.", _since(began))
    return Told(True, None, f"Taken for {len(addresses)} of {len(addresses)} addresses.", _since(began))


def _text(letter: Letter) -> str:
    lines = [headline(letter), "", letter.text("summary"), "", *(f"{label}: {value}" for label, value in facts_of(letter))]
    if letter.text("text"):
        lines += ["", letter.text("text")]
    if letter.text("url"):
        lines += ["", letter.text("url")]
    return "\n".join(lines) + "\n"


def _html(letter: Letter) -> str:
    if letter.text("html"):
        return letter.text("html")
    context = {"headline": headline(letter), "letter": letter.message, "facts": facts_of(letter), "severity": letter.text("severity")}
    return render_to_string("monitoring/email.html", {**context, "is_over": letter.change == "resolved"})


def _since(began: float) -> int:
    return round(1000 * (time.monotonic() - began))
