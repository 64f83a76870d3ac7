"""The two entry points, at the paths where Django has its own."""
