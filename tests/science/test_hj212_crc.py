"""The check code against the bit-by-bit algorithm of HJ 212—2017 附录 A, and what its algebra says."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan.hj212 import crc as code
from qingshan.hj212.crc import crc


def annex_a(data: bytes) -> int:
    """附录 A, as it is written: shift right eight bits, take in the byte, eight times shift and XOR A001."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            low = register & 1
            register >>= 1
            if low:
                register ^= 0xA001
    return register


VECTORS = [
    (b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&", 0x1C80),  # 2017 附录 A
    (b"QN=20160802085857213;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&", 0x1C80),  # unseen swap
    (b"QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&", 0x2200),  # 2025 附录 A.1
    (b"", 0xFFFF),
    (b"\0", 0x4040),
]


@pytest.mark.parametrize("data, expected", VECTORS)
def test_the_vectors_of_the_standard(data, expected):
    assert crc(data) == annex_a(data) == expected


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 63, 64, 65, 255, 256, 257, 511, 512, 513, 1024, 1025, 4096, 9999])
def test_the_fold_is_the_algorithm_at_every_seam(size):
    data = random.Random(size).randbytes(size)
    assert crc(data) == annex_a(data)


@given(st.binary(max_size=700))
def test_the_fold_is_the_algorithm(data):
    assert crc(data) == annex_a(data)


def test_only_256_codes_exist_with_eight_low_bytes():
    seen = {crc(bytes([a, b])) for a in range(256) for b in range(256)}
    assert len(seen) == 256
    assert {value & 0xFF for value in seen} == code.LOW_BYTES == {0x00, 0x01, 0x40, 0x41, 0x80, 0x81, 0xC0, 0xC1}
    assert all(map(code.is_possible, seen))
    assert not code.is_possible(0x4981)


def test_eight_zero_bytes_bring_the_register_back():
    state = list(range(256))
    for _ in range(8):
        state = [code.TABLE[x] >> 8 for x in state]
    assert state == list(range(256))


def test_modbus_is_another_code():
    assert code.modbus(b"123456789") == 0x4B37  # the usual check value of CRC-16/MODBUS
    assert code.modbus(VECTORS[2][0]) == 0xCCF4
