// layout_change: y = x in the layout of y; the only step between plain and blocked tensors
// x, y: N C H W, the same shape
// Work size  (elements of a channel or block of y, rounded up; rows; channels or blocks of y)
#include "common/tensor.clh"

typedef struct {
  tensor x, y;
} layout_change_arguments;

__kernel void layout_change(__global const float *restrict input, __global float *restrict output,
                            const layout_change_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  output[w.at] = w.is_tail ? 0.0f : input[tensor_at(a.x, w.n, w.c, w.y, w.x)];
}
