"""One resource's verdicts as the tree an operator goes down: found, ordered by cause, written beside the runbook."""
