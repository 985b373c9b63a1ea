"""Questions about what is measured now and was measured before."""

from .alarms import alarms, alarms_of
from .now import Now, map_data, now_of, now_rows, station_counts
from .trace import chain_of, frame_for, hour_trace, links

__all__ = ["Now", "alarms", "alarms_of", "chain_of", "frame_for", "hour_trace", "links", "map_data", "now_of", "now_rows", "station_counts"]
