// batch_norm: y[n,c,...] = activation((x[n,c,...] - mean[c]) * scale[c] / sqrt(variance[c] + epsilon) + bias[c]
//   + residual[n,c,...])
// x, residual, y: N C and up to two more axes   scale, bias, mean, variance: C       layouts may differ
// Variants   batch_norm  one work-item per output      the definition
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/activations.clh"
#include "common/tensor.clh"

typedef struct {
  tensor x, residual, y;
  float epsilon;
  epilogue epilogue;
} batch_norm_arguments;

__kernel void batch_norm(__global const float *restrict input, __global const float *restrict scale,
                         __global const float *restrict bias, __global const float *restrict mean,
                         __global const float *restrict variance, __global const float *residual,
                         __global float *output, const batch_norm_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  float y = 0.0f;
  if (!w.is_tail) {
    const float x = input[tensor_at(a.x, w.n, w.c, w.y, w.x)];
    const float factor = scale[w.c] / sqrt(variance[w.c] + a.epsilon);
    y = fma(x - mean[w.c], factor, bias[w.c]);
    if (a.epilogue.has_residual) y += residual[tensor_at(a.residual, w.n, w.c, w.y, w.x)];
    y = epilogue_activation(y, a.epilogue);
  }
  output[w.at] = y;
}
