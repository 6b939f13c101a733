// softmax: y = exp(x - m) / sum of exp(x - m) along an axis, m the maximum along it
#include "common/softmax.clh"

SOFTMAX(softmax, exp(distance) / sum)
