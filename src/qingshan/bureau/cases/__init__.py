"""The workflow engine: what must be solved, step by step, and closed on evidence (事项)."""
