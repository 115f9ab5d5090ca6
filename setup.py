"""Packaging of the two model families, their pyramid and the experiments."""

import pathlib

import setuptools

_README = pathlib.Path(__file__).parent / "README.md"

setuptools.setup(
  name="laplacian-pyramids-tf",
  version="0.1.0",
  description=(
    "LapCVAE and LAPGAN: generative Laplacian pyramids in TensorFlow/Keras"
  ),
  long_description=_README.read_text(encoding="utf-8"),
  long_description_content_type="text/markdown",
  project_urls={
    "LAPGAN (Denton et al., 2015)": "https://arxiv.org/abs/1506.05751",
  },
  classifiers=[
    "Development Status :: 4 - Beta",
    "Intended Audience :: Science/Research",
    "Intended Audience :: Developers",
    "Operating System :: POSIX :: Linux",
    "Operating System :: MacOS",
    "Programming Language :: Python :: 3",
    "Programming Language :: Python :: 3.11",
    "Programming Language :: Python :: 3.12",
    "Programming Language :: Python :: 3.13",
    "Topic :: Scientific/Engineering :: Artificial Intelligence",
    "Topic :: Scientific/Engineering :: Image Processing",
  ],
  keywords=(
    "generative models, variational autoencoder, generative adversarial "
    "network, Laplacian pyramid, image editing, TensorFlow, Keras"
  ),
  license="Apache-2.0",
  python_requires=">=3.11,<3.14",
  packages=setuptools.find_packages(
    include=["pyramid_tf*", "lapcvae_tf*", "lapgan_tf*", "experiments*"]
  ),
  install_requires=[
    "absl-py",
    "h5py",  # Which keras installs too.
    "importlib_resources",  # Missing from tensorflow-datasets 4.9.10.
    "keras>=3.15,<3.16",
    "matplotlib",
    "numpy>=2",
    "pillow",
    "tensorboard>=2.20",  # No longer a dependency of tensorflow.
    "tensorflow>=2.21,<2.22",
    "tensorflow-datasets>=4.9.10",
  ],
  package_data={
    "experiments": ["pretrained/*/*"],
    "experiments.human_studies": ["pages/**"],
    "experiments.web_studio": ["pages/*"],
  },
  extras_require={
    "hub": ["huggingface-hub"],
    "parquet": ["pyarrow"],
    "portable": ["openvino>=2025.0"],
    "ray": ["ray[data]>=2.50"],
    "serve": ["kserve>=0.21,<0.22"],
    "studio": ["fastapi>=0.115", "uvicorn>=0.30"],
    "test": [
      "fastapi>=0.115",
      "httpx2",  # What fastapi.testclient asks for.
      "huggingface-hub",
      "kserve>=0.21,<0.22",
      "kubernetes-validate",
      "opencv-python-headless",
      "openvino>=2025.0",
      "playwright",
      "pyarrow",
      "pytest",
      "pytest-xdist",
      "ruff",
      "scikit-learn",
      "scipy",
      "tensorflow-serving-api>=2.21,<2.22",
      "uvicorn>=0.30",
    ],
  },
)
