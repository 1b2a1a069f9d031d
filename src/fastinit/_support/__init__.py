"""Helpers for all layers: checks of options, optional imports, strict JSON."""
