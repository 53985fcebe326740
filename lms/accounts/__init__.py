"""People: accounts, log-in sessions, roles. Knows nothing of courses."""
