"""Meetings, leaders' visits and instructions: called, held, and what was decided followed to the end (会议、走访、批示)."""
