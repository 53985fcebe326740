"""The translation workshop: translators, reviewers and coordinators at work on courses' languages."""
