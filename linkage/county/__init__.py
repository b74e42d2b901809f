"""The county's own linking: mentions × register → links, duplicates, unregistered entities, household links.

`spec` says what is compared, `frames` how mentions and register rows become comparable, `model` trains and freezes,
`links` decides who is who, `duplicates`, `entities` and `households` what follows from it. The frames are those of
docs/data-model.md. The levels and weights are its own for now (docs/adr/0003), the names' keys the engine's.
"""
