"""What packets say: the three editions, the deviations real devices show, and verdicts that do not flatter."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingshan import hj212
from qingshan.hj212 import codes, sm4
from qingshan.hj212.crc import crc, modbus

MN = "010000A8900016F000169DC0"
QN = "20261122090000000"
HEAD = f"QN={QN};ST=22;CN=2011;PW=123456;MN={MN};Flag=5;"


def packet(segment: str | bytes, code=crc) -> bytes:
    data = segment if isinstance(segment, bytes) else segment.encode()
    return b"##%04d%s%04X" % (len(data), data, code(data))


def read(segment: str | bytes, **options) -> hj212.Message:
    return hj212.parse(packet(segment), **options)


@pytest.mark.parametrize("flag, version", [("", "2005"), ("Flag=0;", "2005"), ("Flag=5;", "2017"), ("Flag=9;", "2025")])
def test_three_editions_are_told_by_the_flag(flag, version):
    message = read(f"QN={QN};ST=22;CN=2011;PW=123456;MN={MN};{flag}CP=&&DataTime=20261122090000;a34004-Rtd=35.2,a34004-Flag=N&&")
    assert (message.verdict, message.version) == ("ok", version)
    assert message.items == {"a34004": {"Rtd": "35.2", "Flag": "N"}}
    assert message.data_time == datetime(2026, 11, 22, 9)


def test_a_sub_packet_says_which_it_is():
    message = read(f"QN={QN};ST=31;CN=2051;PW=123456;MN={MN};Flag=7;PNUM=2;PNO=1;CP=&&DataTime=20261122090000;a00000-Avg=1&&")
    assert (message.pnum, message.pno, message.wants_reply, message.notes) == (2, 1, True, ())


def test_back_fill_of_2025_is_marked():
    assert read(f"QN={QN};ST=31;CN=2061;PW=123456;MN={MN};Flag=9;RF=1;CP=&&DataTime=20261122080000;a00000-Avg=1&&").rf
    assert not read(HEAD + "CP=&&&&").rf


DEVIATIONS = [  # reference 2.2: what is seen → what is read
    ("no QN, no Flag", "ST=32;CN=2011;PW=123456;MN=LD130133000015;CP=&&DataTime=20160824003817;011-Rtd=231.0&&",
     {"qn": "", "flag": None, "mn": "LD130133000015", "items": {"011": {"Rtd": "231.0"}}}),
    ("packet numbers padded, in the other order", HEAD.replace("Flag=5;", "") + "PNO=0002;PNUM=0003;CP=&&a01006-Avg=1&&",
     {"pno": 2, "pnum": 3, "notes": ("split_unmarked",)}),
    ("flag before value", HEAD + "CP=&&w01018-Flag=N,w01018-Rtd=27.3&&", {"items": {"w01018": {"Flag": "N", "Rtd": "27.3"}}}),
    ("suffix twice, suffix torn", HEAD + "CP=&&LA-Rtd-Rtd=50.1;LA-td=50&&", {"items": {"LA": {"Rtd-Rtd": "50.1", "td": "50"}}}),
    ("semicolon before the end", HEAD + "CP=&&a34004-Rtd=3;&&", {"items": {"a34004": {"Rtd": "3"}}}),
    ("spaces after semicolons", HEAD + "CP=&&DataTime=20261122090000; a34004-Rtd=3; a34002-Rtd=4&&",
     {"items": {"a34004": {"Rtd": "3"}, "a34002": {"Rtd": "4"}}}),
    ("DataTime with milliseconds", HEAD + "CP=&&DataTime=20261122090000123;a34004-Rtd=3&&", {"data_time": datetime(2026, 11, 22, 9)}),
    ("comma between two times", HEAD + "CP=&&BeginTime=20261121000000,EndTime=20261122000000&&",
     {"params": {"BeginTime": "20261121000000", "EndTime": "20261122000000"}}),
    ("stray comma, FLAG in capitals", f"QN={QN};ST=22;CN=2011;PW=123456;,MN={MN};FLAG=5;CP=&&a34004-Rtd=3&&", {"mn": MN, "flag": 5}),
    ("lower-case suffix", HEAD + "CP=&&a34004-avg=3,a34004-flag=d&&", {"items": {"a34004": {"Avg": "3", "Flag": "d"}}}),
    ("QN in the data area", f"ST=22;CN=2011;PW=123456;MN={MN};CP=&&QN={QN};a34004-Rtd=3&&", {"qn": QN}),
    ("data area without marks", HEAD + "CP=a34004-Rtd=3&&", {"items": {"a34004": {"Rtd": "3"}}}),
    ("unknown code, negative, sentinel", HEAD + "CP=&&LAMPBLACK-Rtd=-0.041,LAMPBLACK-Flag=B;cpm-Rtd=-100&&",
     {"items": {"LAMPBLACK": {"Rtd": "-0.041", "Flag": "B"}, "cpm": {"Rtd": "-100"}}}),
    ("ST of three digits, MN with an underscore", f"QN={QN};ST=101;CN=2011;PW=123456;MN=E2E_TEST_001;Flag=4;CP=&&a34004-Rtd=3&&",
     {"st": "101", "mn": "E2E_TEST_001"}),
    ("header fields of its own", "QN=20180904160638000;ST=39;CN=2011;PW=123456;USCC=91440101;IMEI=8677&&",
     {"others": {"USCC": "91440101", "IMEI": "8677"}, "notes": ("no_data_area",)}),
    ("log text with commas", HEAD.replace("2011", "3020") + "CP=&&DataTime=20261122090000;PolId=w01018,i11001-Info=//校准;完成,=1//&&",
     {"items": {"i11001": {"Info": "//校准;完成,=1//"}}}),
    ("item in two places", HEAD + "CP=&&a1-Rtd=1;a2-Rtd=2;a1-Flag=N&&",
     {"items": {"a1": {"Rtd": "1", "Flag": "N"}, "a2": {"Rtd": "2"}}}),
    ("half pairs", HEAD + "CP=&&DataTime;a1-Rtd;=5;a1-Flag=N&&", {"params": {}, "items": {"a1": {"Flag": "N"}}}),
    ("an equals sign in a value, none in a pair", HEAD + "CP=&&a1-Rtd=1=a2-Rtd;5;a3-Rtd=7&&",
     {"items": {"a1": {"Rtd": "1=a2-Rtd"}, "a3": {"Rtd": "7"}}}),
]  # fmt: skip


@pytest.mark.parametrize("segment, expected", [d[1:] for d in DEVIATIONS], ids=[d[0] for d in DEVIATIONS])
def test_deviations_are_read_and_kept(segment, expected):
    message = read(segment)
    assert message.verdict == "ok"
    assert {name: getattr(message, name) for name in expected} == expected


def test_text_in_gb18030_is_read_with_a_note():
    message = read((HEAD + "CP=&&DataTime=20261122090000;i11001-Info=").encode() + "仪器维护".encode("gb18030") + b"&&")
    assert message.items["i11001"]["Info"] == "仪器维护"
    assert "not_utf8" in message.notes


def faulty(verdict: str) -> bytes:
    segment = (HEAD + "CP=&&DataTime=20261122090000;a34004-Rtd=35.2,a34004-Flag=N&&").encode()
    right = packet(segment)
    return {
        "modbus_crc": lambda: packet(segment, modbus),
        "modbus_crc_swapped": lambda: packet(segment, lambda data: (modbus(data) & 0xFF) << 8 | modbus(data) >> 8),
        "bad_crc": lambda: right.replace(b"35.2", b"35.3"),
        "foreign_crc": lambda: right[:-4] + b"1234",
        "bad_length": lambda: (b"##%04d" % (len(segment) + 3) + right[6:]).replace(b"35.2", b"35.3"),
        "sealed": lambda: packet(segment)[:6] + sm4.encrypt(segment, b"k" * 16) + right[-4:],
        "torn": lambda: right[:-20],
        "noise": lambda: b"GET / HTTP/1.1",
    }[verdict]()


@pytest.mark.parametrize("verdict", [v for v in hj212.VERDICTS if v != "ok"])
def test_every_verdict_has_its_packet_and_its_reason(verdict):
    message = hj212.parse(faulty(verdict))
    assert message.verdict == verdict
    assert message.reason
    assert not message.is_trusted


def test_an_edited_time_is_recognised():
    right = packet(HEAD + "CP=&&DataTime=20261122090000000;a34004-Rtd=3&&")
    edited = right.replace(b"20261122090000000;a", b"20261122090000;a").replace(
        b"##%04d" % (len(right) - 10), b"##%04d" % (len(right) - 13)
    )
    message = hj212.parse(edited)
    assert message.verdict == "bad_crc"
    assert "删去了末三位" in message.reason


def test_sm4_is_the_cipher_of_gb_t_32907():
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    segment = b"CN=2011;CP=&&" + key + b"&&"
    assert sm4.encrypt(segment, key)[13:-2] == bytes.fromhex("681edf34d206965e86b3e94f536e4246")


def test_sm4_leaves_the_tail_clear_and_the_length_alone():
    """HJ 212—2025 附录 A.2 example 2 begins with this block under the key 16 × 0x30."""
    segment = HEAD.encode() + b"CP=&&DataTime=20240520210600;a01011-Min=1.35&&"
    wire = sm4.encrypt(segment, sm4.ANNEX_KEY)
    start = segment.index(b"CP=&&") + 5
    assert wire[start : start + 16] == bytes.fromhex("E43E159ACFAB242CB53155FB8B9281A1")
    assert (wire[:start], wire[start + 32 :], len(wire)) == (segment[:start], segment[start + 32 :], len(segment))
    assert sm4.decrypt(wire, sm4.ANNEX_KEY) == segment


def test_current_and_previous_key_open_a_packet_and_no_other():
    old, new = b"o" * 16, b"n" * 16
    raw = hj212.build("2061", MN, "DataTime=20261122080000;a34004-Avg=35.2", qn=QN, version="2025", key=old)
    assert hj212.parse(raw, [old]).notes == ("decrypted",)
    assert hj212.parse(raw, [new, old]).notes == ("previous_key",)
    assert hj212.parse(raw, [new]).verdict == "sealed"
    assert hj212.parse(raw).items == {}


def test_the_printed_form_of_ciphertext_is_understood():
    segment = (HEAD.replace("Flag=5", "Flag=9") + "CP=&&DataTime=20261122090000;a34004-Rtd=35.2&&").encode()
    wire = sm4.encrypt(segment, sm4.ANNEX_KEY)
    start = segment.index(b"CP=&&") + 5
    blocks = (len(segment) - 2 - start) // 16 * 16
    shown = b"{" + b",".join(b"0x%02X" % byte for byte in wire[start : start + blocks]) + b"}"
    raw = b"##%04d" % len(segment) + wire[:start] + shown + wire[start + blocks :] + b"%04X" % crc(segment)
    message = hj212.parse(raw, [sm4.ANNEX_KEY])
    assert (message.verdict, message.notes) == ("ok", ("decrypted", "printed_cipher"))
    assert message.items == {"a34004": {"Rtd": "35.2"}}


@pytest.mark.parametrize("cn, covered", [("2011", True), ("2999", True), ("1014", True), ("3020", True), ("1011", False), ("9014", False)])
def test_only_data_keys_and_device_information_are_encrypted(cn, covered):
    raw = hj212.build(cn, MN, "DataTime=20261122080000", qn=QN, version="2025", key=b"k" * 16)
    assert (b"DataTime=20261122080000" not in raw) is covered


def test_answers_repeat_who_asked():
    asked = read(f"QN={QN};ST=22;CN=2061;PW=654321;MN={MN};Flag=9;CP=&&DataTime=20261122080000;a34004-Avg=1&&")
    answer = hj212.parse(hj212.acknowledge(asked))
    assert (answer.verdict, answer.cn, answer.st, answer.qn, answer.pw, answer.mn, answer.flag) == ("ok", "9014", "91", QN, "654321", MN, 8)
    notice = read(f"QN={QN};ST=22;CN=9015;PW=654321;MN={MN};Flag=5;CP=&&&&")
    answer = hj212.parse(hj212.acknowledge(notice))
    assert (answer.cn, answer.flag) == ("9013", 4)
    assert hj212.parse(hj212.answer(asked, "9011", "QnRtn=1")).params == {"QnRtn": "1"}


def test_a_long_upload_is_split_and_each_part_stands_alone():
    items = {f"a{n:05d}": {"Avg": "123.4", "Flag": "N"} for n in range(100)}
    at = datetime(2026, 11, 22, 8)
    parts = [hj212.parse(raw) for raw in hj212.packets("2061", MN, at, items, (f"2026112209000{n:04d}" for n in range(99)), st="31")]
    assert len(parts) > 2
    assert all(part.verdict == "ok" and part.data_time == at and len(part.cp.encode()) <= 950 and part.flag == 7 for part in parts)
    assert [(part.pno, part.pnum) for part in parts] == [(n, len(parts)) for n in range(1, len(parts) + 1)]
    assert {code: values for part in parts for code, values in part.items.items()} == items


texts = st.text(st.characters(min_codepoint=32, exclude_characters=";,=&/-", exclude_categories=("Cs", "Zs", "Cc")), min_size=1, max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(texts, st.dictionaries(st.sampled_from(codes.SUFFIXES), texts, min_size=1, max_size=4), min_size=1, max_size=6))
def test_what_is_built_is_read_again(items):
    message = hj212.parse(hj212.build("2061", MN, hj212.area(datetime(2026, 1, 2, 3), items), qn=QN))
    assert message.verdict == "ok"
    assert message.items == items


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120), st.sampled_from([b"", b"ST=22;CN=2011;MN=1;CP=&&", HEAD.encode() + b"CP=&&"]))
def test_nothing_a_device_may_send_raises(data, head):
    segment = head + data + b"&&"
    hj212.parse(b"##%04d" % len(segment) + segment + b"%04X" % crc(segment), [b"k" * 16])
    hj212.parse(data)


@pytest.mark.parametrize("text", ["20261322000000", "2026112209", "", "二〇二六", "20260229000000"])
def test_a_time_that_is_none_is_none(text):
    assert hj212.moment(text) is None
