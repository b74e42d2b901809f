"""How one cell's text becomes a value. Each parser takes distinct raw cells and gives value and note; none raises."""
