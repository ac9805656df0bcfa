"""Evidence packs: what a scan was made from, kept so that anybody can judge it again and see what was altered."""
