"""A small Django project that tests of the framework run in, and what drives it."""
