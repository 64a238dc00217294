"""Figures draw: pure functions from rows to go.Figure; they know no session and no database."""
