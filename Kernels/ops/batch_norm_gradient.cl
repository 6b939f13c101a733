// batch_norm_gradient: dx[n,c,...] = scale[c] / s * (dy[n,c,...] - dbias[c] / m - (x[n,c,...] - mean[c]) / s * dscale[c] / m)
//   with s = sqrt(variance[c] + epsilon), m = rows times the elements of a channel
// dy, x, dx: N C and up to two more axes   scale, mean, variance, dscale, dbias: C   rows: 1       layouts may differ
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
                                  __global const float *restrict variance, __global const float *restrict dscale,
                                  __global const float *restrict dbias, __global const float *restrict rows,
                                  __global float *restrict output, const batch_norm_gradient_arguments a) {
  if (!walk_inside(a.dx)) return;
  const walk w = walk_element(a.dx);
  float dx = 0.0f;
  if (!w.is_tail) {
    const float deviation = sqrt(variance[w.c] + a.epsilon);
    const float x = input[tensor_at(a.x, w.n, w.c, w.y, w.x)] - mean[w.c];
    const float count = rows[0] * (float)(a.x.height * a.x.width);
    const float share = fma(x, dscale[w.c] / count / deviation, dbias[w.c] / count);
    dx = scale[w.c] / deviation * (upstream[tensor_at(a.dy, w.n, w.c, w.y, w.x)] - share);
  }
  output[w.at] = dx;
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void batch_norm_gradient_lanes(
    __global const float *restrict upstream, __global const float *restrict input,
    __global const float *restrict scale, __global const float *restrict mean,
    __global const float *restrict variance, __global const float *restrict dscale,
    __global const float *restrict dbias, __global const float *restrict rows,
    __global float *restrict output, const batch_norm_gradient_arguments a) {
  const run r = run_of(a.dx);
  const int channels = a.dx.channels;
  __global const float *dy = upstream + lanes_at(a.dy, r.n, r.block), *x = input + lanes_at(a.x, r.n, r.block);
  __global float *dx = output + lanes_at(a.dx, r.n, r.block);
  const float16 deviation = sqrt(lanes_of(variance, channels, r.block) + a.epsilon);
  const float16 factor = lanes_of(scale, channels, r.block) / deviation;
  const float count = rows[0] * (float)(a.x.height * a.x.width);
  const float16 step = lanes_of(dscale, channels, r.block) / count / deviation;
  const float16 centre = lanes_of(mean, channels, r.block), start = lanes_of(dbias, channels, r.block) / count;
  for (int at = r.begin; at < r.end; ++at) {
    const float16 share = fma(vload16(at, x) - centre, step, start);
    store16(lanes_used(factor * (vload16(at, dy) - share), channels, r.block), at, dx);
  }
}
