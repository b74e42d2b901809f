"""Register changes that a discrepancy does not say by itself: a person has to say whose, who, or in which household."""
