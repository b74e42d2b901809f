"""Lists as workbooks to take away: the same rows as on the page, all of them and not one page, masked as there.

| module   | decides |
|----------|---------|
| `tables` | how every such sheet looks: text cells, who took it out, when and what was asked for, on the sheet and in the file's properties |
| `lists`  | which columns a list has, and its rows in batches, so that a long list is never whole in memory |
| `asked`  | the filters in words |
| `routes` | which role may take which list, the limit, the entry in the audit chain |

A new list needs a function in `lists`, a route, and the button (`templates/export.html`) on its page.
"""
