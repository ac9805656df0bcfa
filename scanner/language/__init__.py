"""The policy language: JMESPath that refuses to guess, compiled once and judged many times."""
