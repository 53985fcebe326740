"""Courses: taken in from packages, kept as editions, found in the catalogue, read in many languages. Knows no learner."""
