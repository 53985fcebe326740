"""What people type in the workshop."""
