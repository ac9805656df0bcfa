"""Rows of guest facts made of what tools gave back: every form read, nothing guessed, nothing lost without a word."""
