"""Compiled passes over many texts at once."""
