"""Writing and reading SavedModels, both ends of the serving contract.

Every export of this project is a folder `saved_model/1` whose signatures take
and return named tensors and load wherever TensorFlow does: no Python of this
project is needed to serve them. A call takes 0 to 1,024 images or rows.

A request that is not of a signature's shapes and ranges is refused with an
`InvalidArgumentError` that names the input. The checks are part of the graph,
so they also act in a session or in TF Serving.
"""

import os
import pathlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence

import tensorflow as tf

from pyramid_tf import served_inputs, warm_up
from pyramid_tf.served_inputs import Input

# The version folder that TF Serving looks for.
VERSION = "1"

# Where the last export waits while a new one takes its place.
_PREVIOUS = ".1.previous"


class _Served(tf.Module):
  """Holds what a SavedModel tracks: functions, and the variables they read.

  The variables are TensorFlow's own, not Keras' wrappers: a Keras object in the
  tree keeps sessions, and so TF Serving, from restoring the file, and would add
  optimizer slots to it.
  """

  def __init__(self, variables: Sequence[tf.keras.Variable]):
    super().__init__()
    unique = {id(v): v for v in variables}
    self.served = [v.value for v in unique.values()]


def signature(
  function: Callable[..., Mapping[str, tf.Tensor]],
  **inputs: Input,
) -> tf.types.experimental.GenericFunction:
  """Returns a graph function of named inputs, to be exported.

  It refuses inputs of other shapes or ranges, floats that are not finite, more
  than `served_inputs.MAX_BATCH` rows and inputs of different numbers of rows.

  Args:
    function: Takes the inputs by name and returns outputs by name, with as many
      rows as its inputs. It never sees an empty batch: convolutions of nothing
      fail, or have the wrong shape.
    **inputs: What each input may be. `count` is the number of rows to make;
      beside it, inputs may have a single row for all.
  """
  specs = [
    tf.TensorSpec(kind.shape, kind.dtype, name) for name, kind in inputs.items()
  ]
  batched = [name for name, kind in inputs.items() if kind.is_batch]

  def named(*arguments):
    given = {
      name: served_inputs.checked(name, value, kind)
      for (name, kind), value in zip(inputs.items(), arguments, strict=True)
    }
    leader = "count" if "count" in given else (batched or [None])[0]
    if leader is None:
      return dict(function(**given))
    rows = given[leader] if leader == "count" else tf.shape(given[leader])[0]
    for name in batched:
      given[name] = served_inputs.of_rows(name, given[name], leader, rows)
    if leader == "count":
      given["count"] = tf.maximum(rows, 1)
    return {name: out[:rows] for name, out in function(**given).items()}

  return tf.function(named, input_signature=specs, autograph=False)


def save(
  path: str | os.PathLike,
  signatures: Mapping[str, tf.types.experimental.GenericFunction],
  default: str,
  variables: Sequence[tf.keras.Variable],
) -> pathlib.Path:
  """Writes `path/1`, replacing an earlier export once the new one is whole.

  Beside the graph it holds a request for each signature, with which TF Serving
  warms up.

  Args:
    path: Folder of the model; the version folder is made inside.
    signatures: Functions made by `signature`, by name.
    default: Which of them is also `serving_default`.
    variables: The variables that the functions read.

  Returns:
    The version folder.

  Raises:
    ValueError: If `default` names none of the signatures.
  """
  if default not in signatures:
    raise ValueError(
      f"The default must be one of {', '.join(signatures)}; got {default!r}."
    )
  path = pathlib.Path(path)
  path.mkdir(parents=True, exist_ok=True)
  served = _Served(variables)
  for name, function in signatures.items():
    setattr(served, name, function)
  # TF Serving ignores folders that are not numbers, and so does `load`.
  temporary = path / f".{VERSION}.partial"
  shutil.rmtree(temporary, ignore_errors=True)
  try:
    tf.saved_model.save(
      served,
      str(temporary),
      signatures={"serving_default": signatures[default], **signatures},
    )
    warm_up.write(temporary, signatures)
  except BaseException:
    # On a full disk, half an export would keep it full.
    shutil.rmtree(temporary, ignore_errors=True)
    raise
  final, previous = path / VERSION, path / _PREVIOUS
  if final.exists():
    shutil.rmtree(previous, ignore_errors=True)
    os.rename(final, previous)
  os.rename(temporary, final)
  shutil.rmtree(previous, ignore_errors=True)
  return final


def load(path: str | os.PathLike) -> "Signatures":
  """Returns the signatures of an exported model by name.

  A signature is called with named tensors and returns tensors by name.

  Args:
    path: Folder of the model, which holds the version folder.

  Raises:
    FileNotFoundError: If there is no finished export.
  """
  path = pathlib.Path(path)
  version = path / VERSION
  if not version.exists() and (path / _PREVIOUS).exists():
    # The process that replaced it was stopped between two renames.
    version = path / _PREVIOUS
  return load_version(version)


def load_version(version: str | os.PathLike) -> "Signatures":
  """Returns the signatures of one version folder, as `load` does.

  Raises:
    FileNotFoundError: If it holds no SavedModel.
  """
  version = pathlib.Path(version)
  if not (version / "saved_model.pb").is_file():
    raise FileNotFoundError(
      f"{version} holds no SavedModel. Export the run first."
    )
  # The signatures hold no reference to the object that owns their variables.
  return Signatures(tf.saved_model.load(str(version)))


class Signatures(Mapping):
  """Signatures by name, which take and return tensors by name."""

  def __init__(self, loaded: tf.Module):
    """Takes what `tf.saved_model.load` returned."""
    self._loaded = loaded

  def inputs(self, name: str) -> dict[str, tf.TensorSpec]:
    """Returns what a signature takes, by name."""
    return dict(self._loaded.signatures[name].structured_input_signature[1])

  def outputs(self, name: str) -> dict[str, tf.TensorSpec]:
    """Returns what a signature returns, by name."""
    return dict(self._loaded.signatures[name].structured_outputs)

  def __getitem__(self, name: str) -> Callable[..., dict[str, tf.Tensor]]:
    function = self._loaded.signatures[name]
    specs = function.structured_input_signature[1]

    def call(**inputs):
      # TensorFlow's own message has the number of the input, not its name.
      for key, value in inputs.items():
        if isinstance(value, tf.Tensor) and key in specs:
          _check_type(key, value.dtype, specs[key].dtype)
      return function(**inputs)

    return call

  def __iter__(self) -> Iterator[str]:
    return iter(self._loaded.signatures)

  def __len__(self) -> int:
    return len(self._loaded.signatures)


def _check_type(name: str, dtype: tf.DType, allowed: tf.DType) -> None:
  if dtype != allowed:
    raise tf.errors.InvalidArgumentError(
      None, None, f"{name} must be {allowed.name}; got {dtype.name}"
    )
