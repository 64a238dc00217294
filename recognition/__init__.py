"""Faces: images in, vectors out; this room knows no table."""
