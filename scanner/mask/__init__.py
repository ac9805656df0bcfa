"""Replaces names and ids in rows before they are written, so that a snapshot can be shared and still joins."""

from scanner.mask.mask import Mask

__all__ = ["Mask"]
