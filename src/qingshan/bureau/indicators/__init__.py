"""Declared indicators, assessment runs, schemes and rankings (指标口径、评价批次、考核方案、排名)."""
