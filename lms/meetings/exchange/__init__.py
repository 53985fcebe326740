"""What comes in from meeting rooms and goes out to calendars: participant reports, iCalendar. Knows no database."""
