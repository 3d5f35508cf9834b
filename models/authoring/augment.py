"""Small random rotations, scalings, shears and shifts: what handwriting varies by without changing its label."""

import jax
import jax.numpy as jnp

SIDE_PX = 28
MAX_TURN_RADIANS = 0.18
MAX_SCALE_CHANGE = 0.12
MAX_SHEAR = 0.15
MAX_SHIFT_PX = 2.0


def _resample(picture: jax.Array, affine: jax.Array, shift: jax.Array) -> jax.Array:
    """Bilinear reading of one (28, 28) picture at affine * (pixel - centre) + centre + shift; 0 outside."""
    centre = (SIDE_PX - 1) / 2
    axis = jnp.arange(SIDE_PX) - centre
    rows, columns = jnp.meshgrid(axis, axis, indexing="ij")
    from_row = affine[0, 0] * rows + affine[0, 1] * columns + centre + shift[0]
    from_column = affine[1, 0] * rows + affine[1, 1] * columns + centre + shift[1]
    return jax.scipy.ndimage.map_coordinates(picture, [from_row, from_column], order=1, mode="constant")


def augment(key: jax.Array, pictures: jax.Array) -> jax.Array:
    """(n, 28, 28) -> (n, 28, 28), each picture with its own transformation."""
    turn_key, scale_key, shear_key, shift_key = jax.random.split(key, 4)
    n = pictures.shape[0]
    turn = jax.random.uniform(turn_key, (n,), minval=-MAX_TURN_RADIANS, maxval=MAX_TURN_RADIANS)
    scale = 1 + jax.random.uniform(scale_key, (n, 2), minval=-MAX_SCALE_CHANGE, maxval=MAX_SCALE_CHANGE)
    shear = jax.random.uniform(shear_key, (n,), minval=-MAX_SHEAR, maxval=MAX_SHEAR)
    shift = jax.random.uniform(shift_key, (n, 2), minval=-MAX_SHIFT_PX, maxval=MAX_SHIFT_PX)
    cosine, sine = jnp.cos(turn), jnp.sin(turn)
    top = jnp.stack([scale[:, 0] * cosine, -scale[:, 1] * sine], axis=1)
    bottom = jnp.stack([scale[:, 0] * (sine + shear), scale[:, 1] * cosine], axis=1)
    return jax.vmap(_resample)(pictures, jnp.stack([top, bottom], axis=1), shift)
