"""Packs: sets of models that belong together, with digests, licence and calibration."""
