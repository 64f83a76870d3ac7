"""Packages that people put around Django, each in a project of its own, with Django's handler or with GingerDJ's."""
