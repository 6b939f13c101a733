// broadcast: y = x, an extent of 1 serving every index along its axis
// x, y: up to four axes; layouts may differ.
// Variants   broadcast        one work-item per output       the definition
//            broadcast_lanes  16 channels at a time; blocked; x has all channels, and all pixels or one
// Work size of the definition   (elements of a channel or block, rounded up; rows; channels or blocks of y)
//           of the other as common/lanes.clh says
#include "common/lanes.clh"

typedef struct {
  tensor x, y;
} broadcast_arguments;

__kernel void broadcast(__global const float *restrict input, __global float *restrict output,
                        const broadcast_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  output[w.at] = w.is_tail ? 0.0f : input[tensor_broadcast_at(a.x, w.n, w.c, w.y, w.x)];
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void broadcast_lanes(__global const float *restrict input, __global float *restrict output,
                              const broadcast_arguments a) {
  const run r = run_of(a.y);
  __global const float *x = input + lanes_at(a.x, min(r.n, a.x.rows - 1), r.block);
  __global float *y = output + lanes_at(a.y, r.n, r.block);
  const int step = a.x.height * a.x.width > 1;
  for (int at = r.begin; at < r.end; ++at) store16(vload16(at * step, x), at, y);
}
