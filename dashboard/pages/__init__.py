"""Pages bind: a query's rows to figures and parts. Each has PATH, NAME, HOME, NEEDS, layout() and register(app)."""
