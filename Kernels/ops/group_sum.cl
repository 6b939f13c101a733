// group_sum: y[n,l,i,j] = sum over the channels c of group l of x[n,c,i,j]
// x: N C H W   y: N G H W       layouts may differ
// Variants   group_sum  one work-item per output       the definition; never deleted
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/groups.clh"
#include "common/summation.clh"
#include "common/tensor.clh"

typedef struct {
  tensor x, y;
  groups groups;
} group_sum_arguments;

__kernel void group_sum(__global const float *restrict input, __global float *restrict output,
                        const group_sum_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  total t = total_zero();
  if (!w.is_tail) {
    const int end = groups_first(a.groups, w.c + 1);
    for (int c = groups_first(a.groups, w.c); c < end; ++c) {
      t = total_plus(t, input[tensor_at(a.x, w.n, c, w.y, w.x)]);
    }
  }
  output[w.at] = total_value(t);
}
