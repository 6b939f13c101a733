// batch_norm: y[n,c,...] = activation((x[n,c,...] - mean[c]) * scale[c] / sqrt(variance[c] + epsilon) + bias[c]
//   + residual[n,c,...])
// x, residual, y: N C and up to two more axes   scale, bias, mean, variance: C       layouts may differ
// Variants   batch_norm  one work-item per output      the definition
//            batch_norm_lanes  16 channels at a time; blocked
// Work size of the definition   (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/activations.clh"
#include "common/lanes.clh"

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

// Work size  as common/lanes.clh says
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void batch_norm_lanes(__global const float *restrict input, __global const float *restrict scale,
                               __global const float *restrict bias, __global const float *restrict mean,
                               __global const float *restrict variance, __global const float *residual,
                               __global float *output, const batch_norm_arguments a) {
  const run r = run_of(a.y);
  const int channels = a.y.channels;
  __global const float *x = input + lanes_at(a.x, r.n, r.block);
  __global const float *added = residual + lanes_at(a.residual, r.n, r.block);
  __global float *y = output + lanes_at(a.y, r.n, r.block);
  const float16 factor =
      lanes_of(scale, channels, r.block) / sqrt(lanes_of(variance, channels, r.block) + a.epsilon);
  const float16 centre = lanes_of(mean, channels, r.block), offset = lanes_of(bias, channels, r.block);
  for (int at = r.begin; at < r.end; ++at) {
    float16 value = fma(vload16(at, x) - centre, factor, offset);
    if (a.epilogue.has_residual) value += vload16(at, added);
    if (a.epilogue.activation == ACTIVATION_RELU) value = activation_relu16(value);
    else if (a.epilogue.activation != ACTIVATION_NONE) value = epilogue_activation16(value, a.epilogue);
    store16(lanes_used(value, channels, r.block), at, y);
  }
}
