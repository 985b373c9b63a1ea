"""Words that must be kept but not read in the database (密语): addresses and passwords of other systems.

Sealed with a key made of the installation's own (``secret.key`` in the data folder): a copied database does not give them away.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from qingshan.bureau.base.errors import Refused


def seal(text: str) -> str:
    """The text sealed; empty stays empty."""
    return _box().encrypt(text.encode()).decode("ascii") if text else ""


def unseal(sealed: str) -> str:
    """The text again; Refused where it was sealed with another key."""
    if not sealed:
        return ""
    try:
        return _box().decrypt(sealed.encode("ascii")).decode()
    except InvalidToken:
        raise Refused("保存的密钥打不开：数据目录里的 secret.key 换过了，请重新填写") from None


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"qingshan secrets\0" + settings.SECRET_KEY.encode()).digest()))
