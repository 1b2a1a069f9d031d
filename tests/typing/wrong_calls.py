"""Calls that type checkers refuse: each line with a comment has one error, no other line has any.

`test_checkers` runs the checkers, and runs the calls too: each of them raises.
"""

import numpy as np

import fastinit

out = np.empty((4, 4), np.float32)
weight = fastinit.Weight((4, 4), "he_normal", seed=0, name="w")

fastinit.he_normall((4, 4))  # a name that does not exist
fastinit.he_normal((4, 4), mode="fanout")  # an unknown mode
fastinit.he_normal((4, 4), mod="fan_out")  # an unknown option
fastinit.he_normal((4, 4), 7)  # a seed by position
fastinit.he_normal(seed=7)  # no shape
fastinit.he_normal((4, 4), seed="7")  # a seed that is text
fastinit.he_normal((4, 4), seed=7.5)  # a seed that is no integer
fastinit.he_normal((4, 4), gain=2.0)  # an option of another scheme
fastinit.he_normal((4, 4), nonlinearity="rellu")  # an unknown nonlinearity
fastinit.he_normal((4, 4), activation="reluu")  # an unknown activation
fastinit.he_normal((4.0, 4))  # a length that is no integer
fastinit.he_normal("4, 4")  # a shape that is text
fastinit.normal_((4, 4))  # a shape instead of an array
fastinit.normal_([0.0, 0.0])  # a list instead of an array
fastinit.uniform_(out, dtype="float64")  # the dtype is that of out
fastinit.uniform(4, "0", "1")  # bounds that are text
fastinit.uniform(4, dtype=32)  # a dtype that is a number
fastinit.normal(0, 1, (3, 4))  # the shape is not first
fastinit.he_normal(256, 128)  # the lengths are not one argument
fastinit.zeros(3, np.float64)  # a dtype by position
fastinit.Weight(4, 4, "he_normal", seed=0, name="w")  # the same for a weight
weight.replace(nam="v")  # an unknown fact
weight.to_torch("row")  # an index that is text
fastinit.normal(4, stream=1.5)  # a stream that is no integer
fastinit.normal(4, threads="all")  # threads that are text
fastinit.trunc_normal(4, low=-1.0)  # a bound of another name
fastinit.variance_scaling((4, 4), distribution="gaussian")  # an unknown distribution
fastinit.orthogonal((4, 4), layout="tf")  # an unknown layout
fastinit.orthogonal((4, 4), offset=4)  # no part of it can be made
fastinit.sparse((4, 4))  # no sparsity
fastinit.eye((4, 4), 2.0)  # a gain by position
fastinit.fans((4, 4), "jax")  # an unknown layout
fastinit.calculate_gain("swish2")  # an unknown nonlinearity
fastinit.for_activation("reluu")  # an unknown activation
fastinit.quantized_rows((4, 4), "he_normal", mod="fan_out")  # an unknown option
fastinit.quantized_rows((4, 4), "he")  # an unknown scheme
fastinit.quantized_row_bytes(4, 8, "tbb")  # an unknown layout of rows
fastinit.Weight((4, 4), "he_norm", seed=0, name="w")  # an unknown scheme
fastinit.Weight((4, 4), "he_normal", seed=0)  # no name
fastinit.Weight((4, 4), "he_normal", seed=0, name=3)  # a name that is a number
fastinit.Weight((4, 4), "he_normal", seed=0, name="w", mod="fan_out")  # an unknown option
fastinit.Weight((4, 4), "he_normal", seed="0", name="w")  # a seed that is text
weight["row"]  # an index that is text
weight[1.5]  # an index that is no integer
weight[None]  # a new axis
weight.rows("1, 2")  # row numbers that are text
weight.shape = (2, 2)  # a weight does not change
fastinit.Uniform("0", 1.0)  # a bound that is text
fastinit.manual_seed("7")  # a seed that is text
fastinit.set_num_threads("4")  # a number of threads that is text
fastinit.default_rng(7).normal(0, 1, "3")  # a size that is text
fastinit.default_rng(7).random(3, dtype="int32", out=[0.0])  # a list instead of an array
fastinit.save("w.npy")  # nothing to save
fastinit.save("w.safetensors", weight, receipt=True, checksum="md5")  # an unknown checksum
weight.save("w.npy", overwrite=True)  # an unknown option
