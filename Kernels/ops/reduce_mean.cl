// reduce_mean: y = the mean of x along the reduced axes
// x: up to four axes   y: extent 1 along the reduced ones       layouts may differ
// Variants   reduce_mean  one work-item per result         the definition
//            reduce_mean_rows, reduce_mean_lanes  of whole channels, blocked: common/channels.clh
#include "common/channels.clh"
#include "common/reduction.clh"

REDUCTION_SUM(reduce_mean, sum / count)
CHANNEL_SUM_BY_ROWS(reduce_mean, x, sum / count)
