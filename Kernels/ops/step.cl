// step: y = 1 where first < x < second, else 0
#include "common/pointwise.clh"

POINTWISE(step, x > first && x < second ? 1.0f : 0.0f)
