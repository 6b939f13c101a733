// accumulate: y = x[0] + x[1] + ... + x[n-1], added in this order
// x, y: any shape, the same for all; layouts may differ.
// Variants   accumulate        one work-item per output      the definition: a launch for each term, y = y + x[k]
//            accumulate_lanes  16 channels at a time; blocked   Work size  as common/lanes.clh says
// Work size of the definition  (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/lanes.clh"

typedef struct {
  tensor x, y, z;
} accumulate_arguments;

// z = x + y: first x[0] + x[1], then z + x[k], where `left` and `output` are one buffer.
__kernel void accumulate(__global const float *left, __global const float *restrict right, __global float *output,
                         const accumulate_arguments a) {
  if (!walk_inside(a.z)) return;
  const walk w = walk_element(a.z);
  output[w.at] = w.is_tail ? 0.0f
                           : left[tensor_at(a.x, w.n, w.c, w.y, w.x)] + right[tensor_at(a.y, w.n, w.c, w.y, w.x)];
}

// z = x, the sum of one term; y is not read.
__kernel void accumulate_one(__global const float *restrict input, __global float *restrict output,
                             const accumulate_arguments a) {
  if (!walk_inside(a.z)) return;
  const walk w = walk_element(a.z);
  output[w.at] = w.is_tail ? 0.0f : input[tensor_at(a.x, w.n, w.c, w.y, w.x)];
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void accumulate_lanes(__global const float *left, __global const float *restrict right,
                               __global float *output, const accumulate_arguments a) {
  const run r = run_of(a.z);
  __global const float *x = left + lanes_at(a.x, r.n, r.block), *y = right + lanes_at(a.y, r.n, r.block);
  __global float *z = output + lanes_at(a.z, r.n, r.block);
  for (int at = r.begin; at < r.end; ++at) store16(vload16(at, x) + vload16(at, y), at, z);   // tails are zeros
}
