// silu: y = x / (1 + exp(-x))
#include "common/activations.clh"
#include "common/pointwise.clh"

POINTWISE(silu, activation_silu(x))
