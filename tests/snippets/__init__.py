"""The engine that runs the guide: parse a page, run it as a scenario, match what came, report what differs.

============  =======================================================================
``page``      what a page is made of: blocks, commands, claims
``parse``     a Markdown file → a page, through MyST's own parser
``floor``     the lines that the oldest supported Django prints otherwise
``sandbox``   an empty host with loopback only, in which a scenario runs; ``agent``, ``terminal``, ``processes`` and
              ``listeners`` are its half that works inside
``stage``     the sandbox that a page asks for
``scenario``  a page and a sandbox → outcomes, block by block, stopping at the first failure
``match``     what the page says beside what came
``report``    a failure as its reader sees it
``journal``   what was typed and what came, block by block, for readers of the site
``script``    the page as one script that a reader can download; ``prelude.sh`` holds its functions
``rewrite``   real output written back into the page (``--update-examples``)
``evidence``  what ran, when, on which versions: the file that the site reads
============  =======================================================================
"""
