"""Verbs of live sessions: plan them, tell who attended, ask clinics, fill calendars."""
