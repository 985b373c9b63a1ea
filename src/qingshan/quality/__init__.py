"""Data quality and leads of falsification (数据质量与造假线索): arrays in, flags and reasons out; a lead is never a verdict."""
