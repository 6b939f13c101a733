// clamp: y = min(max(x, first), second); first and second may be infinite, a NaN stays
#include "common/activations.clh"
#include "common/pointwise.clh"

POINTWISE(clamp, activation_clamp(x, first, second))
POINTWISE_LANES(clamp, activation_clamp16(x, first, second))
