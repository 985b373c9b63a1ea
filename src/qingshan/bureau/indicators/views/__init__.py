"""Pages of indicators: definitions and sources, rankings, deducted days."""
