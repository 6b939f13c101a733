// reduce_min: y = the least x along the reduced axes; a NaN among them is the result
// x: up to four axes   y: extent 1 along the reduced ones       layouts may differ
// Variants   reduce_min       one work-item per result         the definition
//            reduce_min_runs  one work-item per result, 16 elements at a time; plain, along the last axes
#include "common/reduction.clh"

REDUCTION_EXTREMUM(reduce_min, <, extremum)
REDUCTION_EXTREMUM_RUNS(reduce_min, <)
