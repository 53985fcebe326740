"""What every feature stands on: database, clock, languages, audit, outbox, files, mail. Knows no feature, no web."""
