"""Published standards as dated data: editions, phases, tables, clauses."""
