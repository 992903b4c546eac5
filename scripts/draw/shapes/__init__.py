"""Silhouettes of seven classes, and four ways of drawing them."""
