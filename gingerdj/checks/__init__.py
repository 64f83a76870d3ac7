"""System checks of GingerDJ, each of which is an entry of the guide's page ``reference/checks``.

Importing this package registers all of them, under the tag "gingerdj". Those that ask for more than a project in
development needs run with ``check --deploy`` only.
"""

from gingerdj.checks import body, database, fork, lifespan, middleware, proxy, server, values, variable, websocket

__all__ = ["body", "database", "fork", "lifespan", "middleware", "proxy", "server", "values", "variable", "websocket"]
