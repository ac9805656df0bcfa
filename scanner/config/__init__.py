"""snapready.yaml: what a team settles once for all its scans, and which of it holds beside the command line."""
