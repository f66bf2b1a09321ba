"""A union's roster: a spreadsheet and photos become members, row by row, each with its outcome."""
