"""Questions about returns, each with its name."""
