"""The live source: asks Azure for the rows that the selected policies need, and tells what it could not read."""
