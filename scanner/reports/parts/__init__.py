"""What several formats share: clean texts, findings grouped by cause, the summary; a folder, so no format itself."""
