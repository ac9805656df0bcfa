"""Groups whose backups start together, and a plan that moves as few VMs as can be; judged again before it is told."""
