"""Secrets of channels as rows keep them: AES-256-GCM under a key made from SECRET_KEY, bound to their channel."""

import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from monitoring.errors import SecretUnreadable

KEY_BYTES, NONCE_BYTES = 32, 12


def sealed(secret: str, channel_id: uuid.UUID) -> bytes:
    """SECRET as the row of its channel keeps it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, secret.encode(), channel_id.bytes)


def opened(kept: bytes, channel_id: uuid.UUID) -> str:
    """The secret, also when SECRET_KEY has changed and the old one is among the fallbacks. Raises SecretUnreadable."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return AESGCM(_key(key)).decrypt(kept[:NONCE_BYTES], kept[NONCE_BYTES:], channel_id.bytes).decode()
        except InvalidTag:
            continue
    raise SecretUnreadable(str(channel_id))


def _key(secret: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"sextant.channels").derive(secret.encode())
