"""The observation store (观测数据库) and the engine that maps evaluations over its blocks. No Django here."""

from qingshan.lake.assessment import Run, assess, keep, kept, rerun
from qingshan.lake.columns import AIR, LakeRefused
from qingshan.lake.store import Lake

__all__ = ["AIR", "Lake", "LakeRefused", "Run", "assess", "keep", "kept", "rerun"]
