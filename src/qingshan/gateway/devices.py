"""Which devices may report, and what is agreed with each (设备登记)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FILE = "devices.toml"


@dataclass(frozen=True, slots=True)
class Device:
    """What the gateway needs to know of one device (数采仪)."""

    mn: str
    password: str = ""  # empty: not compared
    keys: tuple[bytes, ...] = ()  # SM4, the current one first, then the previous
    accepts_modbus: bool = True  # take packets whose check code is CRC-16/MODBUS, with a note
    refuses: frozenset[str] = frozenset()  # signs (`gateway.policy.RULED`) whose packets are kept and not used
    accepts: frozenset[str] = frozenset()  # signs used although their check code proves nothing: crc_swapped, crc_zero


Admit = Callable[[str, str], Device | None]  # (mn, peer address) → the device, or None where it is unknown


class DeviceError(ValueError):
    """A fault in the file of devices, in words."""


def everyone(mn: str, peer: str) -> Device:
    """Admit whoever reports: for a network that is closed by other means."""
    return _OPEN.get(mn) or _OPEN.setdefault(mn, Device(mn)) if len(_OPEN) < 100_000 else Device(mn)


_OPEN: dict[str, Device] = {}


class Register:
    """Devices from a TOML file, read again when it changes::

    open = false                       # true: devices not listed here may report too
    [[device]]
    mn = "010000A8900016F000169DC0"
    password = "123456"
    key = "30303030303030303030303030303030"         # SM4, hex; previous_key likewise
    modbus = false
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None
        self._devices: dict[str, Device] = {}
        self._open = False
        self.read()

    def read(self) -> None:
        """Read the file if it changed; a faulty file raises `DeviceError` and leaves what was read before."""
        stat = self.path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            content = tomllib.loads(self.path.read_text(encoding="utf-8"))
            devices = {entry["mn"]: _device(entry) for entry in content.get("device", [])}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, ValueError, TypeError) as error:
            raise DeviceError(f"{self.path} 读不懂：{error}；沿用先前的设备登记") from error
        self._devices, self._open = devices, bool(content.get("open", False))

    def __call__(self, mn: str, peer: str) -> Device | None:
        return self._devices.get(mn) or (everyone(mn, peer) if self._open else None)

    def __len__(self) -> int:
        return len(self._devices)


def _device(entry: dict[str, object]) -> Device:
    known = {"mn", "password", "key", "previous_key", "modbus", "name"}
    strange = set(entry) - known
    if strange:
        raise ValueError(f"没有键“{sorted(strange)[0]}”；已有：{'、'.join(sorted(known))}")
    keys = tuple(bytes.fromhex(str(entry[name])) for name in ("key", "previous_key") if name in entry)
    if any(len(key) != 16 for key in keys):
        raise ValueError(f"设备 {entry['mn']} 的密钥应为 16 字节（32 位十六进制）")
    return Device(str(entry["mn"]), str(entry.get("password", "")), keys, bool(entry.get("modbus", True)))
