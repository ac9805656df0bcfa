"""What an expression can see where it stands: a deployment's parameters and variables, and the loops around it."""

