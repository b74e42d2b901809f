"""How the county stands: counts and estimates, nobody in person; every number leads to its list."""
