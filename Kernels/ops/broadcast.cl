// broadcast: y = x, an extent of 1 serving every index along its axis
// x, y: up to four axes; layouts may differ.
// Variants   broadcast  one work-item per output       the definition
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/tensor.clh"

typedef struct {
  tensor x, y;
} broadcast_arguments;

__kernel void broadcast(__global const float *restrict input, __global float *restrict output,
                        const broadcast_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  output[w.at] = w.is_tail ? 0.0f : input[tensor_broadcast_at(a.x, w.n, w.c, w.y, w.x)];
}
