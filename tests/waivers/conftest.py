"""A folder with a snapready.yaml, in which commands run."""

from tests.config.conftest import configured, snapready

__all__ = ["configured", "snapready"]
