"""What several pictures are drawn with: noise, rays, film, strokes."""
