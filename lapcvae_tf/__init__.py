"""LapCVAE: a Laplacian pyramid of conditional VAEs (Dorta et al., 2017)."""
