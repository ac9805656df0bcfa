"""One resource's verdicts as the tree an operator goes down: found, ordered by cause, joined with the runbook, written."""
