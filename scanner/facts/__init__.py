"""Facts join and count: rows become one document for each subject. The modules of this folder are the registry."""
