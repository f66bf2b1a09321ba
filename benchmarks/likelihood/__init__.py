"""How much a score weighs: likelihood ratios of faces, fitted to some people and asked of others."""
