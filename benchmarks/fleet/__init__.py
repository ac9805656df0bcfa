"""Benchmark input: a seeded, realistic fleet of Azure VMs as one Resource Graph snapshot."""
