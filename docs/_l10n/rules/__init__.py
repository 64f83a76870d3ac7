"""The rules that compare one translation with its English, one noun per module.

Each rule is a function from a `Pair` to findings; `_l10n.check` adds the place.
"""
