"""How every screen is spoken to and answers: doors, pages, forms, languages in addresses, headers. Knows Flask and no feature."""
