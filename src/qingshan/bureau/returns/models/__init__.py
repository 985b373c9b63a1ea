from qingshan.bureau.returns.models.chase import Chase
from qingshan.bureau.returns.models.doubt import DoubtSeen
from qingshan.bureau.returns.models.news import Item
from qingshan.bureau.returns.models.period import Correction, Figure, Line, Period, PeriodStep, Sending, Shot
from qingshan.bureau.returns.models.rota import Reporter, Rota
from qingshan.bureau.returns.models.routine import Occasion

__all__ = [
    "Chase",
    "Correction",
    "DoubtSeen",
    "Figure",
    "Item",
    "Line",
    "Occasion",
    "Period",
    "PeriodStep",
    "Reporter",
    "Rota",
    "Sending",
    "Shot",
]
