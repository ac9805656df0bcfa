"""Repairs of findings: what would mend each, as commands and code, proved on the rows before anybody runs it."""
