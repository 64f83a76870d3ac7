"""The site: Sphinx extensions, and the commands that build and serve it."""
