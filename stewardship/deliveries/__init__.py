"""What departments sent: receipts, the rows that could not be used, and what came and what is late by unit."""
