"""How names, dates and places in Latin script vary in files: short forms, sounds, swapped names, mistyped dates, streets. For comparing only."""
