"""Pages of the monitor: map, stations, frames and links, alarms, imports."""
