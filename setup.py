"""Packaging of the two model families, their pyramid and the experiments."""

import setuptools

setuptools.setup(
  name="laplacian-pyramids-tf",
  version="0.1.0",
  description=(
    "LapCVAE and LAPGAN: generative Laplacian pyramids in TensorFlow/Keras"
  ),
  license="Apache-2.0",
  python_requires=">=3.11,<3.14",
  packages=setuptools.find_packages(
    include=["pyramid_tf*", "lapcvae_tf*", "lapgan_tf*", "experiments*"]
  ),
  install_requires=[
    "absl-py",
    "importlib_resources",  # Missing from tensorflow-datasets 4.9.10.
    "keras>=3.15,<3.16",
    "matplotlib",
    "numpy>=2",
    "pillow",
    "tensorboard>=2.20",  # No longer a dependency of tensorflow.
    "tensorflow>=2.21,<2.22",
    "tensorflow-datasets>=4.9.10",
  ],
  extras_require={
    "edit": ["scipy"],  # Solves Poisson blending's sparse system.
    "test": [
      "kubernetes-validate",
      "opencv-python-headless",
      "pytest",
      "pytest-xdist",
      "ruff",
      "scikit-learn",
      "scipy",
    ],
  },
)
