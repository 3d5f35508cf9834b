"""The `digits` network: three strided convolutions, two dense layers.

Every convolution has stride 2, so no backend can pick Winograd or FFT for it, and every layer has a bias, so no output
can be -0: the integer model made from this one can then be certified exact under any algorithm.
"""

import jax
import jax.numpy as jnp

Params = dict[str, dict[str, jax.Array]]

STRIDE = 2
# name: (kernel side, channels in, channels out); the padding is kernel // 2 on every side.
CONVOLUTIONS = {"conv1": (5, 1, 32), "conv2": (5, 32, 64), "conv3": (3, 64, 64)}
# name: (features in, features out). 28 -> 14 -> 7 -> 4 pixels a side, so 4 * 4 * 64 features leave the convolutions.
DENSE = {"dense1": (4 * 4 * 64, 128), "dense2": (128, 10)}
DROPOUT = 0.3
# Keeps a layer's largest weight from stretching the 8-bit grid that it is rounded to later.
WEIGHT_LIMIT = 1.0


def initial_params(key: jax.Array) -> Params:
    """He-normal weights, zero biases. Convolutions are (height, width, in, out), dense layers (in, out)."""
    params: Params = {}
    he_normal = jax.nn.initializers.he_normal()
    for name, (side, inputs, outputs) in CONVOLUTIONS.items():
        key, use = jax.random.split(key)
        params[name] = {"weight": he_normal(use, (side, side, inputs, outputs)), "bias": jnp.zeros(outputs)}
    for name, (inputs, outputs) in DENSE.items():
        key, use = jax.random.split(key)
        params[name] = {"weight": he_normal(use, (inputs, outputs)), "bias": jnp.zeros(outputs)}
    return params


def logits(params: Params, pictures: jax.Array, dropout_key: jax.Array | None = None) -> jax.Array:
    """(n, 28, 28) with values 0-1 -> (n, 10). Dropout acts only where a key is given."""
    x = pictures[..., None]
    for name, (side, _, _) in CONVOLUTIONS.items():
        pad = (side // 2, side // 2)
        x = jax.lax.conv_general_dilated(
            x, params[name]["weight"], (STRIDE, STRIDE), (pad, pad), dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        x = jax.nn.relu(x + params[name]["bias"])
    x = x.reshape(x.shape[0], -1)
    if dropout_key is not None:
        first_key, second_key = jax.random.split(dropout_key)
        x = _drop(first_key, x)
    x = jax.nn.relu(x @ params["dense1"]["weight"] + params["dense1"]["bias"])
    if dropout_key is not None:
        x = _drop(second_key, x)
    return x @ params["dense2"]["weight"] + params["dense2"]["bias"]


def _drop(key: jax.Array, x: jax.Array) -> jax.Array:
    kept = jax.random.bernoulli(key, 1 - DROPOUT, x.shape)
    return jnp.where(kept, x / (1 - DROPOUT), 0)


def clip_weights(params: Params) -> Params:
    """The same parameters with every weight within +-WEIGHT_LIMIT."""
    return {
        name: {"weight": jnp.clip(layer["weight"], -WEIGHT_LIMIT, WEIGHT_LIMIT), "bias": layer["bias"]}
        for name, layer in params.items()
    }
