"""When backups start: schedules read to wall-clock times, as instants past and as minutes of a week. Pure."""
