import os

# As pandas 3 always does: a frame is copied when it is written to, not whenever it is handed on. pandas reads this when it is imported.
os.environ.setdefault("PANDAS_COPY_ON_WRITE", "1")
