// step: y = 1 where first < x < second, else 0
// A kernel cannot bear the name of a built-in function, so this one is step_between.
#include "common/pointwise.clh"

POINTWISE(step_between, x > first && x < second ? 1.0f : 0.0f)
