"""Objects encrypted under the key of their group: AES-256-GCM over the whole object, the key wrapped by the platform's own.

Whole objects and not Parquet's modular encryption: every reader in Python can take it apart with one call, nothing of the file (schema, statistics)
stays readable, and DuckDB cannot read what pyarrow encrypts column by column. Groups without a key keep plain Parquet that any engine reads in place.
"""

import hashlib
import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from archival.errors import ObjectDamaged

MARK = b"SXE1"
"""The first bytes of an encrypted object: what it is, and in which form."""
KEY_BYTES, NONCE_BYTES = 32, 12


def new_key() -> bytes:
    """A key for a group."""
    return AESGCM.generate_key(KEY_BYTES * 8)


def wrap(key: bytes, group_id: uuid.UUID) -> bytes:
    """KEY as a row keeps it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_platform_key(settings.SECRET_KEY)).encrypt(nonce, key, group_id.bytes)


def unwrap(wrapped: bytes, group_id: uuid.UUID) -> bytes:
    """The key in WRAPPED, also when SECRET_KEY has changed and the old one is among the fallbacks. Raises ObjectDamaged."""
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return AESGCM(_platform_key(secret)).decrypt(nonce, sealed, group_id.bytes)
        except InvalidTag:
            continue
    raise ObjectDamaged(f"key of group {group_id}", "it was wrapped with a SECRET_KEY that this process does not have")


def encrypt(content: bytes, key: bytes, batch_id: uuid.UUID) -> bytes:
    """CONTENT as an object; the nonce comes from the key, the batch and the content, so that the same export gives the same object."""
    nonce = hashlib.blake2b(content, digest_size=NONCE_BYTES, key=key, salt=batch_id.bytes).digest()
    return MARK + nonce + AESGCM(key).encrypt(nonce, content, batch_id.bytes)


def decrypt(content: bytes, key: bytes, batch_id: uuid.UUID) -> bytes:
    """The file in an object. Raises ObjectDamaged for what is not one of this batch under this key."""
    start = len(MARK) + NONCE_BYTES
    if content[: len(MARK)] != MARK:
        raise ObjectDamaged(str(batch_id), "it is not encrypted as its manifest says")
    try:
        return AESGCM(key).decrypt(content[len(MARK) : start], content[start:], batch_id.bytes)
    except InvalidTag:
        raise ObjectDamaged(str(batch_id), "its key does not open it") from None


def _platform_key(secret: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"sextant.archive").derive(secret.encode())
