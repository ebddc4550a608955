"""E-mails that the platform writes: plain text, one person each."""

import logging
from dataclasses import dataclass

from django.core.mail import EmailMessage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail to one address."""

    to: str
    subject: str
    text: str


def letter_send(letter: Letter) -> str:
    """Sends the letter now; blank, or a sentence that says why it could not be sent. The text, which may hold a link, is never logged."""
    try:
        EmailMessage(" ".join(letter.subject.split()), letter.text, to=[letter.to]).send()
    except OSError as error:  # smtplib's errors are OSErrors too
        log.warning("An e-mail could not be sent: %s", type(error).__name__)
        return f"The e-mail to {letter.to} could not be sent ({type(error).__name__}). Try again later, or check EMAIL_URL."
    return ""
