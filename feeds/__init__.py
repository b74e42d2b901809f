"""A department's file → typed records: contracts, readers, value parsers, landing and ledger rules.

Start with `contracts` (what each department hands over), `deliveries.take_in` (one file → receipt, records, quarantine),
`ledger` (what a later file replaces) and `mentions` (whom a record names). Knows no database and no Dagster.
"""
