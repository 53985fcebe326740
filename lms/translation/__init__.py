"""Pieces of text, their identity over edits, and their translations. A segment knows nothing of lessons or courses."""
