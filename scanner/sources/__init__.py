"""Where rows come from: one module for each kind of input. Sources fetch and say what they could not; they judge nothing."""
