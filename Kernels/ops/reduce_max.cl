// reduce_max: y = the greatest x along the reduced axes; a NaN among them is the result
// x: up to four axes   y: extent 1 along the reduced ones       layouts may differ
// Variants   reduce_max       one work-item per result         the definition
//            reduce_max_runs  one work-item per result, 16 elements at a time; plain, along the last axes
#include "common/reduction.clh"

REDUCTION_EXTREMUM(reduce_max, >, extremum)
REDUCTION_EXTREMUM_RUNS(reduce_max, >)
