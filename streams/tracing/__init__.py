"""Traces of articles from publish to the outputs, as OpenTelemetry spans; off unless the environment asks.

`interface` has what lanes, `publish` and `subscribe` call; its classes do nothing. `opening` decides if there
is anything to do, and only then are the other modules imported, and OpenTelemetry with them: `tracer` and
`lanes` make the spans, `attempts` end them, and `exporting` sends them.
"""
