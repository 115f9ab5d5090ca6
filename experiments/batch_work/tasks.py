"""What is done to one block of images, with a run that stays loaded.

A block is a function of the request and its number, whatever shard it is in,
so that work may be divided, repeated and moved between machines.
"""

import abc
import dataclasses
import pathlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import tensorflow as tf

from experiments.config.requests.batch import BatchRequest
from experiments.config.requests.sample import SampleRequest
from experiments.data import image_decoding
from experiments.data.window import Window
from experiments.editing import edit_file
from experiments.editing.editor import Editor
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors
from pyramid_tf import images


@dataclasses.dataclass(frozen=True, eq=False)
class Result:
  """What became of one image.

  Attributes:
    index: Its number in the whole work.
    name: The file it was made of, or empty.
    arrays: What was made, by name: `images`, uint8 `[height, width, 3]`, or
      `latent_k`, float32.
    error: Why nothing was made, or empty.
  """

  index: int
  name: str = ""
  arrays: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
  error: str = ""


class Task(abc.ABC):
  """Work on one run."""

  def __init__(
    self, run: TrainedRun, request: BatchRequest, files: Sequence[pathlib.Path]
  ):
    """Compiles nothing yet.

    Args:
      run: The run.
      request: What is asked of it.
      files: The files of the whole work.
    """
    self.run = run
    self.request = request
    self.files = files

  @abc.abstractmethod
  def block(self, indices: range) -> Iterator[Result]:
    """Yields the results of a block in order.

    Args:
      indices: The images of a block, of which the last may have fewer.
    """


class Sampling(Task):
  """Draws images; block i with (seed, i), as `experiments.sample` does."""

  def block(self, indices: range) -> Iterator[Result]:
    """Draws a whole block, and yields as much of it as is asked for."""
    request = self.request
    asked = SampleRequest(
      count=request.block,
      seed=request.seed,
      temperature=request.temperature,
      labels=request.labels,
      batch_size=request.block,
    )
    first = indices.start // request.block
    run = self.run
    drawn = run.family.draw(run.model, asked, run.class_names, first)[0]
    # The last block may be cut short.
    for i, image in zip(indices, drawn, strict=False):
      yield Result(i, arrays={"images": image})


class _OfPictures(Task):
  """Work on pictures, of which those that cannot be read are passed over."""

  def __init__(self, *arguments):
    super().__init__(*arguments)
    data = self.run.config.data
    self._window = Window.for_model(data, self.request.training_crop)
    self._compute = tf.function(self._computed, autograph=False)

  @abc.abstractmethod
  def _computed(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
    """What becomes of uint8 `[block, size, size, 3]`, by name."""

  def block(self, indices: range) -> Iterator[Result]:
    """Reads the pictures and computes what becomes of them together."""
    pixels, reasons = [], {}
    for i in indices:
      try:
        pixels.append(self._read(self.files[i]))
      except (OSError, ValueError) as error:
        reasons[i] = str(error)
    made = iter(())
    if pixels:
      # Whole blocks have one shape, so that the function is traced once.
      padded = np.resize(pixels, (self.request.block, *pixels[0].shape))
      outputs = self._compute(tf.constant(padded))
      outputs = {name: value.numpy() for name, value in outputs.items()}
      made = (
        {name: value[j] for name, value in outputs.items()}
        for j in range(len(pixels))
      )
    for i in indices:
      name = str(self.files[i])
      if i in reasons:
        yield Result(i, name, error=reasons[i])
      else:
        yield Result(i, name, next(made))

  def _read(self, file: pathlib.Path) -> np.ndarray:
    picture = image_decoding.decode_rgb(file.read_bytes())
    height, width = picture.shape[:2]
    if not self._window.fits(height, width):
      raise ValueError(
        f"it is {width}x{height}, smaller than the training window"
      )
    return self._window.cut(tf.constant(picture)).numpy()


class Reconstruction(_OfPictures):
  """Encodes pictures and decodes them again."""

  def _computed(self, pixels):
    made = self.run.model.reconstruct(images.from_uint8(pixels))
    return {"images": images.to_uint8(made)}


class Encoding(_OfPictures):
  """The posterior means of every level."""

  def _computed(self, pixels):
    latents = self.run.model.encode(images.from_uint8(pixels))
    return {f"latent_{k}": latent for k, latent in enumerate(latents)}


class Edits(Task):
  """The chosen variation of edits that the studio saved, or the first."""

  def __init__(self, *arguments):
    """Prepares an editor.

    Raises:
      UserError: If the run cannot edit.
    """
    super().__init__(*arguments)
    self._editor = Editor(self.run)

  def block(self, indices: range) -> Iterator[Result]:
    """Draws one edit after another."""
    for i in indices:
      file = self.files[i]
      try:
        edit = edit_file.parse(file.read_bytes(), file.name)
        self._editor.check(edit, file.name)
        prepared = self._editor.prepare_last(edit)
        variations = np.concatenate(list(prepared.draw()))
        chosen = variations[prepared.step.chosen or 0]
        made = {"images": prepared.composite(chosen)}
        yield Result(i, str(file), made)
      except (OSError, errors.UserError) as error:
        yield Result(i, str(file), error=str(error))


KINDS: dict[str, type[Task]] = {
  "sample": Sampling,
  "reconstruct": Reconstruction,
  "encode": Encoding,
  "edit": Edits,
}
"""The task of each name in a request."""
