"""LAPGAN: one conditional GAN per level of a Laplacian pyramid."""
