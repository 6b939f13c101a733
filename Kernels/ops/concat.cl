// concat: y = x[0], x[1], ..., x[n-1], one behind the other along an axis
// x, y: up to four axes, equal but for that axis; layouts may differ
// Variants   concat  one work-item per element of x    the definition: a launch for each input
//            concat_lanes  blocked, along channels, where x starts at a block of y: a launch for each input
// Work size of the definition  (elements of a channel or block, rounded up; rows; channels or blocks of x)
#include "common/lanes.clh"

typedef struct {
  tensor x, y;
  int rows, channels, height, width;   // where x starts in y
} concat_arguments;

__kernel void concat(__global const float *restrict input, __global float *restrict output, const concat_arguments a) {
  if (!walk_inside(a.x)) return;
  const walk w = walk_element(a.x);
  if (w.is_tail) return;
  tensor_store(output, a.y, w.n + a.rows, w.c + a.channels, w.y + a.height, w.x + a.width, input[w.at]);
}

// Work size  as common/lanes.clh says, over x
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void concat_lanes(__global const float *restrict input, __global float *restrict output,
                           const concat_arguments a) {
  const run r = run_of(a.x);
  __global const float *x = input + lanes_at(a.x, r.n, r.block);
  __global float *y = output + lanes_at(a.y, r.n, r.block + a.channels / LANES);
  for (int at = r.begin; at < r.end; ++at) store16(vload16(at, x), at, y);
}
