"""Self-tests and quizzes: attempts that lose no answer, questions of seven kinds, scores that can be worked out again.

Knows the course package (catalog) and who takes it (runs). Must not know what a finished attempt leads to: it records
the event `attempt.finished`, and what follows from it stands in `lms/consequences.py`.
"""
