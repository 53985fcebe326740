"""What the people of a run say to each other: threads, announcements, the daily digest."""
