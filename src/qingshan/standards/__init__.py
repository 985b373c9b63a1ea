"""Published standards as dated data: editions, phases, tables, clauses.

>>> from datetime import date
>>> from qingshan import standards
>>> standards.get("HJ 633", at=date(2026, 3, 1))        # the edition in force on a day
>>> standards.get("HJ 633", edition="2012")             # or the one named, for comparison
>>> for std, phase, rows in standards.spans("HJ 633", days): ...
"""

from qingshan.standards.catalogue import Catalogue, FaultyStandard, codes, editions, get, national, read, spans
from qingshan.standards.edition import Edition, NotInForce, Phase

__all__ = ["Catalogue", "Edition", "FaultyStandard", "NotInForce", "Phase", "codes", "editions", "get", "national", "read", "spans"]
