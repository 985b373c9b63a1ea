"""Questions about what is measured now and was measured before."""

from .alarms import alarms, alarms_of
from .doors import doors
from .leads import leads, marks, marks_over, waiting_marks
from .now import Now, map_data, now_of, now_rows, station_counts
from .operations import down
from .trace import chain_of, frame_for, hour_trace, links

__all__ = [
    "Now", "alarms", "alarms_of", "chain_of", "doors", "down", "frame_for", "hour_trace", "leads", "links", "map_data", "marks",
    "marks_over", "now_of", "now_rows", "station_counts", "waiting_marks",
]  # fmt: skip
