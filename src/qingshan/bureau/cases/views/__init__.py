"""Pages of cases (事项页面)."""
