"""Scores: how much of the guide is really held by its runs, and how fast the handler and the servers are."""
