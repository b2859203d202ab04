"""The demonstration books of ANI-Mali: a small world, what happens in it, and how it is written down."""
