"""Configurations: the paper's numbers, and refusals of what cannot be."""

import dataclasses
import json
import pathlib
import re
from fractions import Fraction

import pytest
import tensorflow as tf

from experiments.config.presets import PRESETS, configured
from experiments.config.run_config import RunConfig
from experiments.config.run_config import read as read_config
from lapcvae_tf import presets
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.level_config import LevelConfig
from lapcvae_tf.model import LapCVAE

_ROOT = pathlib.Path(__file__).parents[2]
WIDTHS = [Fraction(1), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]


def _convolutions(channels, filters, kernel_size):
  """Parameters without biases, and four per map of its normalisation."""
  total = 0
  for maps in filters:
    total += kernel_size**2 * channels * maps + 4 * maps
    channels = maps
  return total


def _level_parameters(config: LapCVAEConfig, k: int) -> int:
  """Parameters of a level whose decoder follows Equation 11, by arithmetic."""
  level, coarsest = config.levels[k], k == config.num_levels - 1
  pixels = (level.size // level.total_stride) ** 2
  hidden, dim, size = level.hidden_units, level.latent_dim, level.kernel_size
  encoder = (
    _convolutions(3 if coarsest else 6, level.encoder_filters, size)
    + pixels * level.encoder_filters[-1] * hidden
    + 4 * hidden
    + 2 * (hidden + 1) * dim
  )
  units = pixels * level.bottleneck_filters
  decoder = (
    (sum(other.latent_dim for other in config.levels[k:]) + 4) * units
    + _convolutions(level.bottleneck_filters, level.decoder_filters, size)
    + (size**2 * level.decoder_filters[-1] + 1) * 3
  )
  if coarsest or config.prior == "standard":
    return encoder + decoder
  width, coarser = config.prior_hidden_units, config.levels[k + 1].latent_dim
  return encoder + decoder + 2 * ((coarser + 1) * width + (width + 1) * dim)


def _parameters(config):
  return sum(_level_parameters(config, k) for k in range(config.num_levels))


def _count(config):
  """Parameters of a model whose weights are never filled."""
  with tf.keras.StatelessScope(initialize_variables=False):
    return LapCVAE(config).count_params()


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_is_a_configuration(name):
  """It checks itself when it is made, and survives a config.json."""
  config = PRESETS[name]()
  assert isinstance(config, RunConfig)
  assert config.data.size == config.model.sizes[0]
  assert read_config(dataclasses.asdict(config)) == config


@pytest.mark.parametrize("options", [{}, {"prior": "standard"}])
def test_arithmetic_counts_what_a_model_has(tiny_config, options):
  """So that the other presets need not be built."""
  config = tiny_config(3, **options)
  assert LapCVAE(config).count_params() == _parameters(config)


@pytest.mark.parametrize(
  "name, paper",
  [
    ("lapcvae_celeba64", 6.55e7),
    ("lapcvae_celeba64_no_m", 6.54e7),
    ("vae_celeba64", 6.58e7),
    ("lapcvae_celeba128", 1.66e8),
    ("vae_celeba128", 1.68e8),
  ],
)
def test_full_width_has_the_parameters_of_table_1(name, paper):
  """Table 1, last column, within 1 %."""
  config = PRESETS[name]().model
  assert _count(config) == _parameters(config)
  assert _parameters(config) == pytest.approx(paper, rel=0.01)


def test_the_best_preset_is_the_run_of_its_results():
  """The command that made them names each field; the preset has them all."""
  path = _ROOT / "experiments/results/given_base.json"
  command = json.loads(path.read_text(encoding="utf-8"))["command"]
  fields = [
    word.removeprefix("--set=")
    for word in command.split()
    if word.startswith("--set=model")
  ]
  assert len(fields) == 13
  spelled = configured("lapcvae_celeba64_consistent_quarter", fields)
  assert spelled.model == PRESETS["lapcvae_celeba64_best_quarter"]().model


def _pixel_cnn_parameters(level: LevelConfig) -> int:
  """Counts two stacks, gates and a mixture, which see low-pass image and mean.

  The decoder of such a level reads latents alone.
  """
  network, seen = level.pixel_cnn, 6 + level.decoder_filters[-1]
  maps, gates = network.filters, 2 * network.filters
  mixture = 10 * network.mixtures
  first = (10 * 4 + 1) * gates + (2 * 4 + 1) * gates
  gate = (gates + 1) * gates + (seen + 1) * 4 * maps
  layer = (6 * maps + 1) * gates + (2 * maps + 1) * gates + (maps + 1) * maps
  last = (maps + 1) * gates + (gates + 1) * mixture
  return first + gate + network.layers * (gate + layer) + last


@pytest.mark.parametrize(
  "name, plain, drawn, total",
  [
    ("pixelvae_one_level_celeba64", "vae_celeba64", [0], 65_983_655),
    ("pixelvae_one_level_celeba128", "vae_celeba128", [0], 168_343_623),
    (
      "lapcvae_celeba64_pixelcnn",
      "lapcvae_celeba64_calibrated",
      [0, 1, 2, 3],
      65_778_400,
    ),
    (
      "lapcvae_celeba64_pixelcnn_coarsest",
      "lapcvae_celeba64_calibrated",
      [3],
      65_394_868,
    ),
    (
      "lapcvae_celeba128_pixelcnn_finest",
      "lapcvae_celeba128_calibrated",
      [0],
      167_254_296,
    ),
  ],
)
def test_presets_that_draw_pixels_add_pixel_cnns_alone(
  name, plain, drawn, total
):
  """As many parameters as networks of that size have, at the levels named."""
  config = PRESETS[name]().model
  outputs = [level.output for level in config.levels]
  assert [k for k, output in enumerate(outputs) if output != "mean"] == drawn
  added = sum(_pixel_cnn_parameters(config.levels[k]) for k in drawn)
  assert _count(config) == total
  assert total - _count(PRESETS[plain]().model) == added


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("width", WIDTHS, ids=str)
def test_baseline_has_the_size_of_the_pyramid(size, width):
  """Section 5: the VAE has as many parameters and latent dimensions."""
  pyramid, baseline = presets.lapcvae(size, width), presets.vae(size, width)
  assert _parameters(baseline) == pytest.approx(_parameters(pyramid), rel=0.01)
  [level] = baseline.levels
  assert level.latent_dim == sum(level.latent_dim for level in pyramid.levels)
  assert baseline.prior == "standard"
  assert level.kl_weight == 1.0


@pytest.mark.parametrize(
  "size, sizes, dims, weights",
  [
    (64, (64, 32, 16, 8), (64, 64, 64, 64), (10.0, 0.1, 0.01)),
    (
      128,
      (128, 64, 32, 16, 8),
      (128, 128, 64, 64, 64),
      (100.0, 100.0, 0.1, 0.01),
    ),
  ],
)
def test_presets_hold_the_numbers_of_the_paper(size, sizes, dims, weights):
  """Section 5, finest level first; the coarsest lambda is not given."""
  model = PRESETS[f"lapcvae_celeba{size}"]().model
  assert model.sizes == sizes
  assert tuple(level.latent_dim for level in model.levels) == dims
  assert tuple(level.kl_weight for level in model.levels[:-1]) == weights
  assert sum(dims) == {64: 256, 128: 448}[size]
  assert (model.prior, model.target) == ("learned", "open_loop")
  assert model.decoder_condition == "latents"
  assert model.likelihood == "squared_error"
  assert model.schedule == "joint"
  assert model.prior_hidden_units == 128


@pytest.mark.parametrize("size", [64, 128])
def test_without_m_differs_in_its_prior_alone(size):
  """Section 5.1.3."""
  paper = PRESETS[f"lapcvae_celeba{size}"]()
  without = PRESETS[f"lapcvae_celeba{size}_no_m"]()
  model = dataclasses.replace(without.model, prior="learned")
  assert dataclasses.replace(without, model=model) == paper


def test_images_must_have_the_size_of_the_model():
  """Both sizes are named, and what to set."""
  config = PRESETS["lapcvae_celeba64"]()
  data = dataclasses.replace(config.data, size=128)
  with pytest.raises(ValueError, match=r"64 pixels.*128.*--size"):
    dataclasses.replace(config, data=data)


@pytest.mark.parametrize(
  "change, message",
  [
    ({"strides": (2, 2)}, "one entry per convolution; got 3, 3 and 2 entries."),
    ({"decoder_filters": (4,)}, "got 3, 1 and 3 entries."),
    ({"size": 0}, "are at least 1, got LevelConfig(size=0"),
    ({"latent_dim": 0}, "at least 1, got LevelConfig(size=8, latent_dim=0"),
    ({"hidden_units": -1}, "hidden_units=-1"),
    ({"bottleneck_filters": 0}, "bottleneck_filters=0"),
    ({"kernel_size": 0}, "kernel_size=0"),
    ({"encoder_filters": (4, 0, 4)}, "encoder_filters=(4, 0, 4)"),
    ({"decoder_filters": (4, 0, 4)}, "decoder_filters=(4, 0, 4)"),
    ({"strides": (2, 0, 2)}, "strides=(2, 0, 2)"),
    ({"kl_weight": -0.5}, "a weight of at least 0, got -0.5."),
    ({"kl_weight": float("nan")}, "a weight of at least 0, got nan."),
    ({"size": 12}, "size divisible by 8, got 12. Change one of the two."),
  ],
)
def test_a_level_that_cannot_be_is_refused(change, message):
  """The message names the value, the rule and the remedy."""
  with pytest.raises(ValueError, match=re.escape(message)):
    LevelConfig(**({"size": 8} | change))


@pytest.mark.parametrize(
  "change, message",
  [
    ({"kernel": "box"}, "kernel 'box'; choose one of binomial5, area,"),
    ({"prior": "flat"}, "prior is one of learned, standard; got 'flat'."),
    ({"target": "band"}, "one of open_loop, closed_loop; got 'band'."),
    ({"decoder_condition": "z"}, "one of latents, low_pass, both; got 'z'."),
    (
      {"likelihood": "l1"},
      "one of squared_error, calibrated, image_calibrated; got 'l1'.",
    ),
    ({"schedule": "slow"}, "one of joint, greedy, end_to_end; got 'slow'."),
    ({"levels": ()}, "has at least one level, got none."),
    ({"levels": (8, 16)}, "listed finest first and shrink, got sizes (8, 16)."),
    ({"levels": (16, 16)}, "finest first and shrink, got sizes (16, 16)."),
    ({"batch_norm_momentum": 1.0}, "batch_norm_momentum lies in [0, 1), got 1"),
    ({"variance_momentum": -0.1}, "variance_momentum lies in [0, 1), got -0.1"),
    ({"fine_tune_fraction": 1.0}, "fine_tune_fraction lies in [0, 1), got 1.0"),
  ],
)
def test_a_pyramid_that_cannot_be_is_refused(change, message):
  """The message names the value, the rule and the remedy."""
  values = {"levels": (16, 8)} | change
  values["levels"] = tuple(LevelConfig(size=side) for side in values["levels"])
  with pytest.raises(ValueError, match=re.escape(message)):
    LapCVAEConfig(**values)


def test_a_size_without_a_preset_is_refused():
  """The message lists those there are."""
  with pytest.raises(ValueError, match="presets of 32, 64, 128 pixels, got 48"):
    presets.lapcvae(48)
