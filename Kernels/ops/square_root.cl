// square_root: y = sqrt(x)
#include "common/pointwise.clh"

POINTWISE(square_root, sqrt(x))
