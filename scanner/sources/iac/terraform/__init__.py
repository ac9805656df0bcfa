"""Terraform and OpenTofu plans (`show -json`) as rows: `read(file, context)` gives a Plan."""

from scanner.sources.iac.terraform.plan import read

__all__ = ["read"]
