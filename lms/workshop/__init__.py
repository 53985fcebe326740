"""The translation workshop: translators, reviewers and coordinators at work on the languages of courses.

Knows courses and their texts; learners and their answers are not its concern.
"""
