"""Tests of docs/_ext, one module per module of the package."""
