"""Verbs of discussions: what people write, what becomes of it, announcements, the letter of the day."""
