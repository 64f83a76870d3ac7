"""The project whose requests are counted and timed: what `startproject` makes, with a view for each thing to count."""
