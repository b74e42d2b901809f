"""How many of a simulated county's discrepancies are found, how soon, and how many found are true."""
