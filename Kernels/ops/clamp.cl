// clamp: y = min(max(x, first), second); first and second may be infinite, a NaN stays
// A kernel cannot bear the name of a built-in function, so this one is clamp_between.
#include "common/activations.clh"
#include "common/pointwise.clh"

POINTWISE(clamp_between, activation_clamp(x, first, second))
