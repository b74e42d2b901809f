"""How Chinese names vary in files: variant forms, sounds, look-alike characters. For match keys only; nothing here is written back."""
