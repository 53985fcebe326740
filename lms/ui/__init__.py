"""How every screen is spoken to and answers: doors, pages, forms, addresses, headers. Knows Flask and no feature."""
