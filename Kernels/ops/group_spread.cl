// group_spread: y[n,c,i,j] = x[n,l,i,j], l the group of channel c
// x: N G H W   y: N C H W       layouts may differ
// Variants   group_spread  one work-item per output    the definition
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/groups.clh"
#include "common/tensor.clh"

typedef struct {
  tensor x, y;
  groups groups;
} group_spread_arguments;

__kernel void group_spread(__global const float *restrict input, __global float *restrict output,
                           const group_spread_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  output[w.at] = w.is_tail ? 0.0f : input[tensor_at(a.x, w.n, groups_of(a.groups, w.c), w.y, w.x)];
}
