"""Verbs of the workshop, a module for each part of the work."""
