"""snapready: tells for every Azure VM whether its next backup snapshot will work, and why not."""

__version__ = "0.1.0"
