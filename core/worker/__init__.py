"""What runs beside the web: events to their subscribers, recurring jobs, long tasks. Any number may run."""
