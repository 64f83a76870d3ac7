"""The languages of the guide: messages extracted, merged, and checked before any build.

A page `docs/servers/uvicorn.md` has one catalogue per language, `locale/pt_BR/LC_MESSAGES/servers/uvicorn.po`
(the layout of sphinx-intl).
`python -m _l10n.messages` writes them, `python -m _l10n.check` refuses what a reader should never meet:
a missing sentence, a changed number, a link that leads elsewhere.

What a translator writes is Markdown that a builder will parse, so a catalogue is untrusted code:
a message may say the same thing in another language, and nothing else.
Both sides go through MyST's own parser; whatever is not prose must be equal on both.

Nothing here is needed to read the built guide, and nothing but Python is needed to run it.
"""
