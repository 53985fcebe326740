"""Keeping the platform running: schema, backup and restore, doctor, health and numbers.

Knows every feature's tables, no feature's screens.
"""
