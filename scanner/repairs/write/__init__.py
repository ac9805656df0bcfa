"""Writes repairs: scripts, templates, the page that tells them, and the same for programs."""
