// hard_sigmoid: y = min(max(first * x + second, 0), 1)
#include "common/activations.clh"
#include "common/pointwise.clh"

POINTWISE(hard_sigmoid, activation_hard_sigmoid(x, first, second))
POINTWISE_LANES(hard_sigmoid, activation_hard_sigmoid16(x, first, second))
