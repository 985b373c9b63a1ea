"""The wire protocol of HJ 212: framing, check code, dialects, SM4, messages (污染物在线监控系统数据传输标准).

>>> from qingshan import hj212
>>> raw = b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\\r\\n"
>>> [(m.verdict, m.cn, m.params) for m in map(hj212.parse, hj212.Framer().feed(raw))]
[('ok', '1062', {'RtdInterval': '30'})]
"""

from qingshan.hj212.build import acknowledge, answer, area, build, packets, split, stamp
from qingshan.hj212.frames import Frame, Framer
from qingshan.hj212.messages import NOTES, VERDICTS, Message, frame_of, moment, parse

__all__ = [
    "NOTES", "VERDICTS", "Frame", "Framer", "Message", "acknowledge", "answer", "area", "build", "frame_of", "moment", "packets", "parse",
    "split", "stamp",
]  # fmt: skip
