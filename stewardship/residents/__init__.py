"""People and households of the register: what it says now, and what it said on a day that one chooses.

| module   | decides |
|----------|---------|
| `then`   | both beside each other: of a person item by item, of a household person by person |
| `listed` | persons as lines of a list, masked |
| `routes` | the pages, and the lists to take away |

Everything is masked as on the other pages. Leave to see a person unmasked is for that person, today's values and those of the day alike; the others
of the household stay masked.
"""
