// log_softmax: y = x - m - ln(sum of exp(x - m)) along an axis, m the maximum along it
#include "common/softmax.clh"

SOFTMAX(log_softmax, distance - log(sum))
