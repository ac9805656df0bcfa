"""Readers of infrastructure code: templates, plans, and the language their values are written in."""
