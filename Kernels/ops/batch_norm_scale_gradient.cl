// batch_norm_scale_gradient: y[c] = sum of dy[.,c,...] * (x[.,c,...] - mean[c]) / sqrt(variance[c] + epsilon)
// Variants   as common/channels.clh says
#include "common/channels.clh"

CHANNEL_SUM(batch_norm_scale_gradient, dy * (x - mean), sum / sqrt(variance + a.epsilon))
CHANNEL_SUM_BY_ROWS(batch_norm_scale_gradient, dy * (x - mean), sum / sqrt(variance + a.epsilon))
