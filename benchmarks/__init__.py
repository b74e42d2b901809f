"""What bulou costs and how right it is, measured; never asserted in tests, because machines are noisy."""
