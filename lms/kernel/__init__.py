"""What every feature stands on: the database, the clock, languages, audit, outbox, files, mail. Knows no feature and no web."""
