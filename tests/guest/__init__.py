"""The scripts that run inside VMs: what they print, and that they do nothing else."""
