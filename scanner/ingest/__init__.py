"""Makes rows of guest facts, for a scan beside the fleet, of files in which something tells of the inside of VMs."""
