"""The polynomials of the inverse normal CDF, one for each octave, as in the kernels.

An octave is the set of floats with one exponent. Row E & 31 has the coefficients c_0 to c_6 for the
exponent field E, as the bits of float32 numbers. tests/jax/test_arithmetic.py compares them with
``OctaveTable`` in _kernels/polynomials.h.
"""

from __future__ import annotations

import numpy as np

_ROWS = """
c0c1c955 3ddbc2da bd0ed259 3c795677 bbf5ac0f 3b998e50 bb32692b
c0be2f3e 3ddfb789 bd1142df 3c7d7d67 bbf9b320 3b9c0963 bb354418
c0ba8442 3de3e40a bd13d216 3c80ed20 bbfdedc4 3b9ea3bc bb38429b
c0b6c76c 3de84da3 bd16871e 3c8338d8 bc013008 3ba15fe8 bb3b67a9
c0b2f7b4 3decfa52 bd1960a8 3c85a481 bc0387a5 3ba440d7 bb3eb69d
c0af13f4 3df1f0f0 bd1c648d 3c883305 bc06004b 3ba749d1 bb42331d
c0ab1ae8 3df73959 bd1f981b 3c8ae7b4 bc089d4b 3baa7e96 bb45e143
c0a70b2a 3dfcdc9e bd22feff 3c8dc66a bc0b620f 3bade350 bb49c5ed
c0a2e32c 3e0172a4 bd269c46 3c90d373 bc0e529d 3bb17ccc bb4de65d
c09ea12d 3e04afd2 bd2a7b13 3c9413f4 bc1173b6 3bb55087 bb5248c0
c09a4339 3e082d19 bd2e9e6c 3c978d90 bc14ca91 3bb964b9 bb56f412
c095c717 3e0bf312 bd331134 3c9b46f0 bc185d6f 3bbdc0b2 bb5bf086
c0912a41 3e100c05 bd37dd4c 3c9f4817 bc1c337d 3bc26cf0 bb61475e
c08c69d3 3e148460 bd3d0e3d 3ca39a2a bc205520 3bc77324 bb67039e
c0878276 3e196b4f bd42b34b 3ca84810 bc24cc5d 3bccdf20 bb6d323c
c0827048 3e1ed38f bd48dbe7 3cad5ef3 bc29a529 3bd2be79 bb73e258
c07a5d70 3e24d495 bd4f9c16 3cb2eea4 bc2eed97 3bd921ab bb7b2629
c06f70ae 3e2b8c31 bd571034 3cb90a2f bc34b705 3be01c99 bb8189bd
c0640d3b 3e3320ea bd5f5746 3cbfc94c bc3b166a 3be7c74d bb85e268
c0582328 3e3bc58f bd689740 3cc74912 bc4225cc 3bf03f65 bb8aad34
c04b9eac 3e45beab bd730354 3ccfae55 bc4a058d 3bf9a9a4 bb8ffe3a
c03e66bd 3e516b49 bd7edc4a 3cd927ae bc52deaf 3c021a03 bb95ee76
c0305ae9 3e5f5393 bd863a24 3ce3f0ed bc5ce53e 3c080c81 bb9c9d8f
c0214fe8 3e704297 bd8e1a2d 3cf0573d bc685c7c 3c0ed1d8 bba433fc
c01109dc 3e82bb55 bd974fe7 3cfebfd6 bc759bf1 3c169aa1 bbace611
bffe6408 3e90821d bda22396 3d07d782 bc828aff 3c1fa63c bbb6f7f8
bfd68530 3ea35b41 bdaeb834 3d11eb2f bc8baf37 3c2a47a7 bbc2c2af
bfa8b493 3ebf30ba bdbc3803 3d1e2f08 bc9693f4 3c36ea5a bbd0ba1d
bf631c07 3eedc813 bdc3f5ae 3d2f1643 bca328dc 3c463504 bbe16864
bea324ad 3f28c7d8 bd8ddbd9 3d6a546f bc9a4554 3c68c9fa bbeac569
c0c8ce37 3dd46ed5 bd0a4aee 3c7199f7 bbee290d 3b94ecb0 bb2d13c7
c0c55364 3dd80155 bd0c8078 3c756124 bbf1d48f 3b97301a bb2faf31
"""

#: The coefficients, as float32 numbers of shape (32, 7).
OCTAVES = (
    np.array([int(bits, 16) for bits in _ROWS.split()], np.uint32).view(np.float32).reshape(32, 7)
)
