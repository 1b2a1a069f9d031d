from ._generic import chains as chains
from ._generic import fill as fill
from ._generic import fill_box as fill_box
from ._generic import fill_quantized as fill_quantized
from ._generic import lanes as lanes
from ._generic import normal_of_words as normal_of_words
from ._generic import random_words as random_words
