"""The observation store and the engine that maps kernels over its blocks."""
