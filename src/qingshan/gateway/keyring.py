"""What the gateway and the bureau must keep and never show (密钥、密码的保管).

SM4 keys and device passwords lie in SQLite sealed with AES-256-GCM; the sealing key is a file of the data folder, made at first
use, readable by its owner only. Whoever has only the database file has no key; whoever has the whole folder has.
"""

from __future__ import annotations

import os
import secrets
import string
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FILE = "devices.key"
SIZE, NONCE = 32, 12
KEY_BYTES = 16  # SM4
_LETTERS = string.ascii_letters + string.digits


class KeyLost(RuntimeError):
    """What was sealed cannot be opened with the sealing key that is there."""


class Keyring:
    """Seals and opens small secrets under the data folder's own key."""

    def __init__(self, folder: Path) -> None:
        self.path = Path(folder) / FILE
        self._cipher = AESGCM(self._read())

    def _read(self) -> bytes:
        try:
            handle = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            key = self.path.read_bytes()
            if len(key) != SIZE:
                raise KeyLost(f"{self.path} 不完整（{len(key)} 字节，应为 {SIZE}）：从备份恢复它，否则设备密钥须重新录入") from None
            return key
        key = secrets.token_bytes(SIZE)
        with os.fdopen(handle, "wb") as file:
            file.write(key)
        return key

    def seal(self, secret: bytes, owner: str) -> bytes:
        """Sealed bytes of `secret`, good for this owner only."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, secret, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """The secret; raises KeyLost where the sealing key or the owner is another."""
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], owner.encode())
        except InvalidTag:
            raise KeyLost(f"设备 {owner} 的密钥、密码解不开：{self.path} 不是当初的那一个，请恢复它或重新录入") from None


def new_key() -> bytes:
    """A fresh SM4 key as devices take it: 16 letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(KEY_BYTES)).encode()


def read_key(text: str) -> bytes:
    """A key as an operator types it, 16 characters or 32 hex digits; raises ValueError."""
    text = text.strip()
    if len(text) == KEY_BYTES and text.isascii():
        return text.encode()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("密钥应为 16 个字符，或 32 位十六进制")
    return key
