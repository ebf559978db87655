"""longzip for other programs: over MCP, over HTTP, between a program and its model. Knows no stage of a run.

``work`` does what is asked for within the ``roots``; ``mcp_server``, ``web`` and ``proxy`` are three doors to it.
"""
