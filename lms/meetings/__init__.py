"""Live sessions of a dated run and who attended them: evidence in rows, never a guess."""
