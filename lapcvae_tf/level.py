"""The conditional VAE of one pyramid level."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from lapcvae_tf import adversary_networks, losses, networks
from lapcvae_tf.aggregate import AggregatePosterior
from lapcvae_tf.aggregate_mixture import AggregateMixture
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.level_generation import LevelGeneration
from lapcvae_tf.pixel_cnn import PixelCNN
from lapcvae_tf.prior_network import PriorNetwork


@tf.keras.utils.register_keras_serializable("lapcvae_tf")
class LapCVAELevel(LevelGeneration):
  """Posterior, prior and decoder of level k (Dorta et al., 2017, Section 4).

  The posterior q_k(z_k | h_k, u(x_{k+1})) reads the band and the low-pass image
  (Equation 9), the decoder p_k(h_k | z_k, ..., z_K) the latents of its own and
  all coarser levels (Equation 11), and the prior of z_k is a function of the
  coarser level's re-encoded statistics (Equation 13). At the coarsest level
  there is no low-pass image and the prior is N(0, I).

  Differences from the paper:
    * Layer tables are inferred (`lapcvae_tf.networks`).
    * Log-variances are clipped to +-10.

  Attributes:
    k: Index of the level, 0 is the finest.
    config: The level's `LevelConfig`.
    is_coarsest: Whether the level has no coarser one.
    decoder_sees_low_pass: Whether the decoder reads u(x_{k+1}).
    decoder_latents: Number of latents, from z_k on, that the decoder reads.
    prior_sees_statistics: Whether the prior reads those of z_{k+1}.
    prior_sees_low_pass: Whether the prior reads u(x_{k+1}).
    aggregate: The aggregate posterior that the coarsest level samples from;
      None for its prior.
    pixel_cnn: The network of a level that draws pixels, or None.
    consistency_steps: Steps that keep a composed image to the coarser one.
    pixels: How many pixels of the finest image a pixel's error counts for, one
      unless the likelihood is `image_calibrated`.
    detail: The network that an `adversarial` level adds detail with, or None.
    discriminator: D_k of a level that is judged, or None; a level that only
      draws has none.
    noise_variance: Running mean squared error of the band, or with
      `image_calibrated` of the image, the variance of a calibrated likelihood;
      a scalar weight, not trained by gradients.
  """

  config_class = LapCVAEConfig

  def __init__(
    self,
    config: LapCVAEConfig,
    k: int,
    has_discriminator: bool = True,
    **options,
  ):
    """Builds level `k` of the pyramid `config`.

    Args:
      config: The whole pyramid.
      k: Index of the level, 0 for the finest.
      has_discriminator: Whether a level that is judged has its D_k, which
        training needs.
      **options: Arguments of `tf.keras.Model`.
    """
    super().__init__(config, **{"name": f"level_{k}", **options})
    self.k = k
    self.config = config.levels[k]
    self.is_coarsest = k == config.num_levels - 1
    self.calibrated = config.likelihood != "squared_error"
    self.pixels = 1.0
    if config.likelihood == "image_calibrated":
      self.pixels = (config.sizes[0] / self.config.size) ** 2
    self._variance_momentum = config.variance_momentum
    momentum = config.batch_norm_momentum
    self.encoder = networks.BandEncoder(
      self.config, 3 if self.is_coarsest else 6, momentum
    )
    condition = "latents" if self.is_coarsest else config.decoder_condition
    self.decoder_sees_low_pass = condition != "latents"
    read = config.levels[k : k + 1 if condition == "low_pass" else None]
    self.decoder_latents = len(read)
    self.decoder = networks.BandDecoder(
      self.config, sum(level.latent_dim for level in read), condition, momentum
    )
    self.pixel_cnn = None
    if self.config.output == "pixelcnn":
      seen = 6 + self.decoder.feature_maps
      self.pixel_cnn = PixelCNN(self.config.pixel_cnn, self.config.size, seen)
    self.consistency_steps = 0 if self.is_coarsest else config.consistency_steps
    self.kernel = config.kernel
    self._build_priors(config)
    self._build_players(has_discriminator, momentum)
    self.noise_variance = None
    if self.calibrated:
      self.noise_variance = self.add_weight(
        name="noise_variance",
        shape=(),
        initializer=tf.keras.initializers.Constant(0.1),
        trainable=False,
        dtype="float32",
        aggregation="mean",
      )
    self.built = True

  def _build_priors(self, config: LapCVAEConfig) -> None:
    """Builds M, and what the coarsest latents are drawn from."""
    self.prior_sees_statistics = self.prior_sees_low_pass = False
    self.prior_network = None
    if config.prior == "learned" and not self.is_coarsest:
      self.prior_sees_statistics = config.prior_condition != "low_pass"
      self.prior_sees_low_pass = config.prior_condition != "statistics"
      coarser_dim = config.levels[self.k + 1].latent_dim
      self.prior_network = PriorNetwork(
        self.config,
        coarser_dim if self.prior_sees_statistics else None,
        config.prior_hidden_units,
        self.prior_sees_low_pass,
      )
    self.aggregate = None
    if self.is_coarsest and config.sampling_prior != "prior":
      is_mixture = config.sampling_prior == "mixture"
      fitted = AggregateMixture if is_mixture else AggregatePosterior
      self.aggregate = fitted(self.config.latent_dim)

  def _build_players(self, has_discriminator: bool, momentum: float) -> None:
    """Builds the networks of a level that is judged."""
    self.detail = self.discriminator = None
    if self.config.likelihood == "adversarial":
      pair = (self.config, not self.is_coarsest)
      self.detail = adversary_networks.DetailNetwork(*pair)
      if has_discriminator:
        self.discriminator = adversary_networks.PairDiscriminator(*pair)
    elif self.config.likelihood and has_discriminator:
      self.discriminator = adversary_networks.FeatureDiscriminator(
        self.config, momentum
      )

  def get_config(self) -> dict[str, Any]:
    """Returns the arguments of the constructor as plain data."""
    judged = self.config.likelihood is not None
    return {
      **super().get_config(),
      "k": self.k,
      "has_discriminator": not judged or self.discriminator is not None,
    }

  @property
  def generator_variables(self) -> list[tf.keras.Variable]:
    """The weights that learn from D_k, by an optimizer of their own."""
    if self.config.likelihood == "discriminator_features":
      return self.decoder.trainable_variables
    return self.detail.trainable_variables if self.detail else []

  @property
  def discriminator_variables(self) -> list[tf.keras.Variable]:
    """The weights of D_k that learn."""
    return self.discriminator.trainable_variables if self.discriminator else []

  @property
  def likelihood_variables(self) -> list[tf.keras.Variable]:
    """All other weights that learn."""
    players = self.generator_variables + self.discriminator_variables
    return _without(self.trainable_variables, players)

  @property
  def generative_weights(self) -> list[tf.keras.Variable]:
    """All weights but those of D_k, which nothing that is drawn depends on."""
    judge = self.discriminator.weights if self.discriminator else []
    return _without(self.weights, judge)

  @property
  def autoencoder_weights(self) -> list[tf.keras.Variable]:
    """All weights but those that are fitted to latents for sampling."""
    return _without(
      self.weights, self.aggregate.weights if self.aggregate else []
    )

  def posterior(
    self, band: tf.Tensor, low_pass: tf.Tensor, training: bool = False
  ) -> Gaussian:
    """Returns q_k(z_k | h_k, u(x_{k+1})), Equation 9.

    Args:
      band: h_k, `[batch, size, size, 3]` in [-2, 2].
      low_pass: u(x_{k+1}), the same shape; unused at the coarsest level.
      training: Whether batch statistics are those of this batch.

    Returns:
      A Gaussian of `[batch, latent_dim]`.
    """
    image = band if self.is_coarsest else tf.concat([band, low_pass], axis=-1)
    return self.encoder(image, training=training)

  def reconstruction_loss(
    self, target: tf.Tensor, reconstruction: tf.Tensor
  ) -> tf.Tensor:
    """Returns the first term of Equation 12 per example, `[batch]`."""
    if self.calibrated:
      return losses.gaussian_negative_log_likelihood(
        target,
        reconstruction,
        tf.convert_to_tensor(self.noise_variance),
        self.pixels,
      )
    return losses.half_squared_error(target, reconstruction)

  def pixel_loss(
    self, pixel_nll: tf.Tensor, target: tf.Tensor, mean: tf.Tensor
  ) -> tf.Tensor:
    """Returns the reconstruction term of a level that draws pixels, `[batch]`.

    Args:
      pixel_nll: -ln p of the true pixels, `[batch]`.
      target: The band that the level should generate.
      mean: The decoder's mean band, which keeps the latents in use.
    """
    weight = self.config.pixel_cnn.mean_weight
    return pixel_nll + weight * losses.half_squared_error(target, mean)

  def track_noise_variance(self, error: tf.Tensor) -> None:
    """Moves the calibrated variance towards a batch's mean squared error."""
    if not self.calibrated:
      return
    momentum = self._variance_momentum
    # This is far below the error of any useful model; the likelihood stays
    # finite.
    error = tf.maximum(tf.stop_gradient(error), 1e-6)
    self.noise_variance.assign(
      momentum * self.noise_variance + (1.0 - momentum) * error
    )


def _without(
  variables: Sequence[tf.keras.Variable], others: Sequence[tf.keras.Variable]
) -> list[tf.keras.Variable]:
  left_out = {id(variable) for variable in others}
  return [v for v in variables if id(v) not in left_out]
