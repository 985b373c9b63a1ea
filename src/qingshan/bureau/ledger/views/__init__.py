"""Pages of the ledger: a view asks, acts, renders."""
