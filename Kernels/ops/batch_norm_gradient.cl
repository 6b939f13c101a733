// batch_norm_gradient: dx[n,c,...] = scale[c] / s * (dy[n,c,...] - offset[c] - (x[n,c,...] - mean[c]) / s * slope[c])
//   with s = sqrt(variance[c] + epsilon)
// dy, x, dx: N C and up to two more axes   scale, mean, variance, slope, offset: C       layouts may differ
// Variants   batch_norm_gradient        one work-item per output      the definition
//            batch_norm_gradient_lanes  16 channels at a time; blocked   Work size  as common/lanes.clh says
// Work size of the definition   (elements of a channel or block, rounded up; rows; channels or blocks of dx)
#include "common/lanes.clh"

typedef struct {
  tensor dy, x, dx;
  float epsilon;
} batch_norm_gradient_arguments;

__kernel void batch_norm_gradient(__global const float *restrict upstream, __global const float *restrict input,
                                  __global const float *restrict scale, __global const float *restrict mean,
                                  __global const float *restrict variance, __global const float *restrict slope,
                                  __global const float *restrict offset, __global float *restrict output,
                                  const batch_norm_gradient_arguments a) {
  if (!walk_inside(a.dx)) return;
  const walk w = walk_element(a.dx);
  float dx = 0.0f;
  if (!w.is_tail) {
    const float deviation = sqrt(variance[w.c] + a.epsilon);
    const float x = input[tensor_at(a.x, w.n, w.c, w.y, w.x)] - mean[w.c];
    const float share = fma(x, slope[w.c] / deviation, offset[w.c]);
    dx = scale[w.c] / deviation * (upstream[tensor_at(a.dy, w.n, w.c, w.y, w.x)] - share);
  }
  output[w.at] = dx;
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void batch_norm_gradient_lanes(
    __global const float *restrict upstream, __global const float *restrict input,
    __global const float *restrict scale, __global const float *restrict mean,
    __global const float *restrict variance, __global const float *restrict slope,
    __global const float *restrict offset, __global float *restrict output,
    const batch_norm_gradient_arguments a) {
  const run r = run_of(a.dx);
  const int channels = a.dx.channels;
  __global const float *dy = upstream + lanes_at(a.dy, r.n, r.block), *x = input + lanes_at(a.x, r.n, r.block);
  __global float *dx = output + lanes_at(a.dx, r.n, r.block);
  const float16 deviation = sqrt(lanes_of(variance, channels, r.block) + a.epsilon);
  const float16 factor = lanes_of(scale, channels, r.block) / deviation;
  const float16 step = lanes_of(slope, channels, r.block) / deviation;
  const float16 centre = lanes_of(mean, channels, r.block), start = lanes_of(offset, channels, r.block);
  for (int at = r.begin; at < r.end; ++at) {
    const float16 share = fma(vload16(at, x) - centre, step, start);
    store16(lanes_used(factor * (vload16(at, dy) - share), channels, r.block), at, dx);
  }
}
