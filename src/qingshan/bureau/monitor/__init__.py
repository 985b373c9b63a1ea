"""Intake of readings, latest values and alarms (接收、实时值、报警)."""
