"""Comparing models on rows that none of them has seen."""
