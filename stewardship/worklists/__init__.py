"""Worklists: what is to be asked at which door, as a workbook and a page to print; and taking in what comes back.

They live here, and not below the desk, because nearly all they are made of is the desk's own: what a role may see, how a value is masked,
what a decision makes of a discrepancy. `bulou worklist` of the command line uses the same modules. What is below: which lists there
are and what came back, as rows of the store, is `register.worklists`; the questions are `discrepancies.asking`.

| module     | decides |
|------------|---------|
| `choosing` | which discrepancies of an area are to be asked about |
| `doors`    | at which door each is asked, in walking order, and what of the people is shown there |
| `outcomes` | the words for what may come of it |
| `workbook` | how the sheet looks, and its seal |
| `filled`   | what a filled sheet says |
| `taking`   | what each answer makes of its discrepancy |
| `unanswered` | what is on lists and was not answered yet |
| `routes`   | the pages |

Everything is masked as on the other pages, also for those who could have it unmasked for ten minutes: paper does not forget after ten
minutes. The door is not masked, since it is where one has to go; of a child's door it is the family's.
"""
