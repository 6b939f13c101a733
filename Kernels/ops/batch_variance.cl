// batch_variance: y[c] = (1 / n) * sum of (x[.,c,...] - mean[c])^2 over the n elements of a channel
// Variants   as common/channels.clh says
#include "common/channels.clh"

CHANNEL_SUM(batch_variance, (x - mean) * (x - mean), sum / count)
CHANNEL_SUM_BY_ROWS(batch_variance, (x - mean) * (x - mean), sum / count)
