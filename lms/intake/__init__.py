"""How people come into a dated run: applications, selection, offered places, invitations. Knows nothing of lessons."""
