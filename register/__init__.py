"""What is remembered: the register with its history, deliveries, entities and discrepancies, in PostgreSQL.

Start at `register.database.open_database`; stores hang on its unit of work (`register.work.UnitOfWork`).
Import the module you need: this package file stays empty so that definitions load without a database driver.
"""
