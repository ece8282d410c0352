"""Moves of data from one version of the schema to the next, in numbered files, and their runner."""
