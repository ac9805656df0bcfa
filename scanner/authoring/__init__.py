"""For those who write policies: a scaffold, what lint finds beyond validity, what cases prove, and reference pages."""
