"""Compiled passes over arrays, one per job; each reads and writes everything once."""
