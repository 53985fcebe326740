"""How a database gets from one version's schema to the next.

Knows tables as they were then, never the models of today.
"""
