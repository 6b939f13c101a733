// relu: y = max(x, 0)
#include "common/activations.clh"
#include "common/pointwise.clh"

POINTWISE(relu, activation_relu(x))
POINTWISE_LANES(relu, activation_relu16(x))
