"""A short run of the campaign; ``python tests/gateway/fuzz.py`` is the long one."""

from tests.gateway import fuzz


def test_a_short_campaign_finds_nothing():
    assert fuzz.campaign(seconds=0, begin=1, examples=25) == 50
