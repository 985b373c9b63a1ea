"""The demonstration district: fictitious, one fixed seed, opened through the same doors as real data."""
