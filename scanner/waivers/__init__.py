"""Findings that somebody accepts for a while: read from a file or from Azure's exemptions, held to terms, applied."""
