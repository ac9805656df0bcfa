"""Resource Manager templates: their expression language, its functions, and what they make of a template's text."""
