"""People and households of the register: what it says now, and what it said on a day that one chooses.

| module   | decides |
|----------|---------|
| `then`   | both beside each other: of a person item by item, of a household person by person |
| `listed` | persons as lines of a list, masked |
| `decided` | what was decided about them: decisions, register changes |
| `mentions` | departments' rows that speak of them, and whether they are theirs |
| `about` | all of that, each part as far as it is listed |
| `routes` | the page of a person |
| `households` | the page of a household, and its workbook |

Everything is masked as on the other pages. Leave to see a person unmasked is for that person, today's values and those of the day alike; the others
of the household stay masked.
"""
