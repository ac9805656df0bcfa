"""Infrastructure code as rows: what a template or a plan would create, in Resource Graph's shape, with its origin."""
