"""What is done with a packet that deviates (设备策略): accepted with a note, or kept and refused, as the bureau set it for the device."""

from __future__ import annotations

from qingshan import hj212
from qingshan.gateway.devices import Device
from qingshan.hj212 import dialects

PASSWORD = "password"  # noqa: S105 - the name of a rule
RULED = {**dialects.SIGNS, PASSWORD: "访问密码与登记的不符"}
"""what a bureau may decide on, with its words; ``crc_swapped`` and ``crc_zero`` are refused unless accepted, all others the other way"""


def accepts(sign: str, device: Device) -> bool:
    """Whether packets with this sign are used."""
    if sign in device.refuses:
        return False
    if sign == "crc_modbus" or sign == "crc_modbus_swapped":
        return device.accepts_modbus
    return sign in device.accepts or sign not in ("crc_swapped", "crc_zero")


def rule(device: Device, frame: hj212.Frame, message: hj212.Message, notes: list[str]) -> str:
    """The verdict on a packet by the device's policy; fills `notes`. Items may be used only where it is ``"ok"`` or MODBUS's."""
    wrong = bool(device.password) and device.password != message.pw
    how = dialects.algorithm(frame, message)
    if not how:
        return message.verdict
    if how != "annex":
        if not accepts(how, device):
            return message.verdict
        notes.append("modbus" if how.startswith("crc_modbus") else how)
        if how in ("crc_swapped", "crc_zero"):
            return _refused(device, frame, message, notes, wrong) or "by_policy"
    return _refused(device, frame, message, notes, wrong) or message.verdict


def _refused(device: Device, frame: hj212.Frame, message: hj212.Message, notes: list[str], wrong: bool) -> str:
    if wrong:
        notes.append(PASSWORD)
        if PASSWORD in device.refuses:
            return "wrong_password"
    if device.refuses:
        for sign in dialects.signs(frame, message):
            if sign in device.refuses:
                notes.append(f"refused:{sign}")
                return "refused"
    return ""
