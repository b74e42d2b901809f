"""Administration: accounts, the rules of the nights, models and reference data, the audit chain; a router per module."""
