from tests.bureau.indicators.listed import four, own  # noqa: F401
from tests.bureau.indicators.observed import observed, observed_lake  # noqa: F401
