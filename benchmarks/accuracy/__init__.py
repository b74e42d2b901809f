"""How right the engine is, on public data whose truth is known: one specification per set, the truth kept away from it."""
