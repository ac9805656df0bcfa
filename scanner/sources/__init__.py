"""Where rows come from: one module for each kind of input. They fetch, and judge nothing."""
