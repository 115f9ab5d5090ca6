"""The aggregate posterior of the coarsest latent, as a mixture of Gaussians."""

import tensorflow as tf

# More components fit the latents of thousands of images no better.
_COMPONENTS = 10

# The share of a step is (step + _FIRST)^-_EXPONENT: steps are averaged over as
# long a past as lets the latents move on in training.
_FIRST, _EXPONENT = 20.0, 0.6

# What all components take of each latent alike, as a part of that share.
_FLOOR = 0.25

# Keeps covariances positive definite; latents have variances around one.
_SMALLEST_VARIANCE = 1e-2


class AggregateMixture(tf.keras.layers.Layer):
  """Fits latents drawn from posteriors, step by step.

  A density that is fitted to the latents of a trained autoencoder draws better
  samples than the prior that it was trained with (Ghosh et al., 2020, "From
  variational to deterministic autoencoders", Section 4). Here the fit goes on
  beside the training, by online EM (Cappe and Moulines, 2009, Equation 12):
  averages of the components' shares of the latents, of the shared latents and
  of their products move towards those of each batch.
  """

  def __init__(self, latent_dim: int):
    """Creates components around draws of N(0, I)."""
    super().__init__(name="aggregate", trainable=False, dtype="float32")
    k, dim = _COMPONENTS, latent_dim
    means = tf.random.stateless_normal((k, dim), (k, dim))
    products = tf.eye(dim) + means[:, :, None] * means[:, None, :]
    options = {"trainable": False, "aggregation": "mean"}

    def weight(name, value):
      return self.add_weight(
        shape=value.shape,
        initializer=lambda shape, dtype=None: tf.cast(value, dtype),
        name=name,
        **options,
      )

    self.count = weight("count", tf.zeros(()))
    self.shares = weight("shares", tf.fill((k,), 1.0 / k))
    self.sums = weight("sums", means / k)
    self.products = weight("products", products / k)
    self.built = True

  def track(self, latent: tf.Tensor) -> None:
    """Moves the mixture towards latents `[batch, latent_dim]`."""
    # A training that has diverged is reported by its losses.
    latent = tf.where(tf.math.is_finite(latent), latent, 0.0)
    count = self.count + 1.0
    step = (count + _FIRST) ** -_EXPONENT
    # All components take the same small share of each latent too, and less of
    # it as time goes on: one that is far from all latents moves to them.
    shares = tf.nn.softmax(self._log_densities(latent))
    floor = _FLOOR * step
    shares = (1.0 - floor) * shares + floor / _COMPONENTS
    shared = shares[:, :, None] * latent[:, None, :]
    products = tf.einsum("bki,bj->kij", shared, latent)
    batch = tf.cast(tf.shape(latent)[0], tf.float32)
    for average, total in (
      (self.shares, tf.reduce_sum(shares, axis=0)),
      (self.sums, tf.reduce_sum(shared, axis=0)),
      (self.products, products),
    ):
      average.assign(average + step * (total / batch - average))
    self.count.assign(count)

  def sample(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> tf.Tensor:
    """Draws latents `[count, latent_dim]`.

    Args:
      seed: int32 `[2]`; equal seeds give equal latents.
      count: How many.
      temperature: Scale of the deviations from the components' means.
    """
    means, factors = self._components()
    chosen = tf.random.stateless_categorical(
      tf.math.log(self.shares)[None], count, tf.random.fold_in(seed, 1)
    )[0]
    noise = tf.random.stateless_normal(
      tf.stack([count, means.shape[1]]), tf.random.fold_in(seed, 0)
    )
    # All components' deviations are ten small products; one per latent would
    # copy a covariance for each.
    deviations = tf.einsum("kij,bj->bki", factors, noise)
    deviation = tf.gather(deviations, chosen, batch_dims=1)
    return tf.gather(means, chosen) + temperature * deviation

  def log_density(self, latent: tf.Tensor) -> tf.Tensor:
    """Returns ln of the density at latents `[batch, latent_dim]`, `[batch]`."""
    return tf.reduce_logsumexp(self._log_densities(latent), axis=-1)

  def _components(self) -> tuple[tf.Tensor, tf.Tensor]:
    """Means `[k, dim]`, and Cholesky factors of covariances."""
    means = self.sums / self.shares[:, None]
    covariances = self.products / self.shares[:, None, None]
    covariances -= means[:, :, None] * means[:, None, :]
    covariances += _SMALLEST_VARIANCE * tf.eye(means.shape[1])
    return means, tf.linalg.cholesky(covariances)

  def _log_densities(self, latent: tf.Tensor) -> tf.Tensor:
    """Returns ln(share times density) of each component, `[batch, k]`."""
    means, factors = self._components()
    deviations = tf.transpose(latent[:, None, :] - means, (1, 2, 0))
    standardised = tf.linalg.triangular_solve(factors, deviations)
    spread = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(factors)), axis=-1)
    constant = 0.5 * means.shape[1] * tf.math.log(2.0 * 3.141592653589793)
    squares = tf.reduce_sum(tf.square(standardised), axis=1)
    logs = tf.math.log(self.shares) - spread - constant
    return tf.transpose(logs[:, None] - 0.5 * squares)
