"""The built-in policies, one folder each; shipped beside the scanner package."""
