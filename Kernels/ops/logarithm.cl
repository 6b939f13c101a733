// logarithm: y = ln x
#include "common/pointwise.clh"

POINTWISE(logarithm, log(x))
