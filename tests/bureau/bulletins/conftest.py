from tests.bureau.indicators.observed import observed, observed_lake  # noqa: F401
