"""Masar: course delivery for social-protection practitioners. One folder a feature; an import may only point down."""
