// layout_change: y = x in the layout of y; the only step between plain and blocked tensors
// x, y: N C H W, the same shape
// layout_change_lanes  the same from plain to blocked, 16 channels at a time
// Work size  (elements of a channel or block of y, rounded up; rows; channels or blocks of y)
//            lanes: (runs of pixels; rows; blocks)
#include "common/lanes.clh"

typedef struct {
  tensor x, y;
} layout_change_arguments;

__kernel void layout_change(__global const float *restrict input, __global float *restrict output,
                            const layout_change_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  output[w.at] = w.is_tail ? 0.0f : input[tensor_at(a.x, w.n, w.c, w.y, w.x)];
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void layout_change_lanes(__global const float *restrict input, __global float *restrict output,
                         const layout_change_arguments a) {
  const run r = run_of(a.y);
  const int area = a.y.height * a.y.width, lanes = min(LANES, a.y.channels - r.block * LANES);
  __global const float *from = input + tensor_at(a.x, r.n, r.block * LANES, 0, 0);
  __global float *to = output + lanes_at(a.y, r.n, r.block);
  float pixel[LANES] = {0.0f};
  for (int i = r.begin; i < r.end; ++i) {
    for (int lane = 0; lane < lanes; ++lane) pixel[lane] = from[lane * area + i];
    store16(vload16(0, pixel), i, to);
  }
}
