"""Offerings of courses and who is enrolled in them. A self-paced course has one run that is always open."""
