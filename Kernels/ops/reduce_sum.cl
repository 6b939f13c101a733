// reduce_sum: y = the sum of x along the reduced axes
// x: up to four axes   y: extent 1 along the reduced ones       layouts may differ
// Variants   reduce_sum  one work-item per result         the definition
//            reduce_sum_rows, reduce_sum_lanes  of whole channels, blocked: common/channels.clh
#include "common/channels.clh"
#include "common/reduction.clh"

REDUCTION_SUM(reduce_sum, sum)
CHANNEL_SUM_BY_ROWS(reduce_sum, x, sum)
