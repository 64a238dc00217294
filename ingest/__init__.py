"""Terminals speak; here they are heard, understood and answered."""
