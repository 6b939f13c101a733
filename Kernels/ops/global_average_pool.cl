// global_average_pool: y[n,c] = (1 / (H * W)) * sum over i,j of x[n,c,i,j]
// x: N C H W   y: N C 1 1       layouts may differ
// Variants   global_average_pool  one work-item per result         the definition
#include "common/reduction.clh"

REDUCTION_SUM(global_average_pool, sum / count)
