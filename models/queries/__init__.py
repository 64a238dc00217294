"""Readers: (session, scope, …) → frozen dataclasses. They never write and always ask who is looking."""
