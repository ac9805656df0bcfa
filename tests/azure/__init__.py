"""Tests of the live source against the emulator: what goes wrong on the way, and what must come out all the same."""
