// step: y = 1 where first < x < second, else 0
#include "common/pointwise.clh"

POINTWISE(step, x > first && x < second ? 1.0f : 0.0f)
POINTWISE_LANES(step, ((x > (float16)(first)) & (x < (float16)(second))) ? (float16)(1.0f) : (float16)(0.0f))
