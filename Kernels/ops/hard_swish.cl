// hard_swish: y = x * min(max(x / 6 + 1/2, 0), 1)
#include "common/activations.clh"
#include "common/pointwise.clh"

POINTWISE(hard_swish, activation_hard_swish(x))
POINTWISE_LANES(hard_swish, activation_hard_swish16(x))
