"""Courses: taken in from packages, kept as editions, found and read in many languages. Knows no learner."""
