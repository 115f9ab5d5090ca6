"""Procedural faces: attributes, renderer, and the TFDS dataset `faces`.

Importing this package registers the builder `faces` with TFDS:

    builder = tfds.builder("faces/32", data_dir=...)
    builder.download_and_prepare()  # Draws 4,000 + 1,000 faces; no network.

Only `builder` needs TFDS; the other modules need NumPy alone. An edit with
known truth is the same person with one attribute changed:

    face = sample_face(seed=0, index=7)
    worn = dataclasses.replace(face, eyewear="sunglasses")
    before, after = render(face, 64), render(worn, 64)
    may_differ = eyewear_mask(face, 64)

Equal arguments give equal bytes on one machine and NumPy version; elsewhere a
byte may differ by the rounding of float32.
"""

from experiments.data.faces.attributes import CATEGORIES as CATEGORIES
from experiments.data.faces.attributes import Face as Face
from experiments.data.faces.builder import Faces as Faces
from experiments.data.faces.builder import FacesConfig as FacesConfig
from experiments.data.faces.population import sample_face as sample_face
from experiments.data.faces.renderer import eyewear_mask as eyewear_mask
from experiments.data.faces.renderer import render as render
