"""What changes the monitor: intake, hours, alarms, imports, jobs."""
