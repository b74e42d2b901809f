"""Lists as workbooks to take away: the same rows as on the page, all of them and not one page, masked as there.

| module   | decides |
|----------|---------|
| `tables` | how every such sheet looks: text cells, who took it out, when and what was asked for, on the sheet and in the file's properties |
| `lists`  | which columns a list has, and its rows in batches, so that a long list is never whole in memory |
| `asked`  | the filters in words |
| `routes` | which role may take which list, the limit, the entry in the audit chain |
| `numbers` | the pages of numbers: overview, calendar, counts, results of a sample; a sheet for each table |
| `records` | the lists on the page of one person, discrepancy or receipt |
| `administering` | accounts, rules, trials, models and reference data |

A new list needs a function that makes its `Table`, a route, and the button (`templates/export.html`) on its page; a test enumerates the pages' tables.
"""
