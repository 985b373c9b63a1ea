"""What things are called: items, media, units, codes, official words."""
