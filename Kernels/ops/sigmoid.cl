// sigmoid: y = 1 / (1 + exp(-x))
#include "common/activations.clh"
#include "common/pointwise.clh"

POINTWISE(sigmoid, activation_sigmoid(x))
