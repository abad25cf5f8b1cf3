"""Makes good what best-effort events leave undone: looks at all channels every few minutes."""
