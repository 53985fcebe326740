"""Assignments that participants hand in, and how they are marked. Grades are only ever added."""
