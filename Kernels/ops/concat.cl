// concat: y = x[0], x[1], ..., x[n-1], one behind the other along an axis
// x, y: up to four axes, equal but for that axis; layouts may differ
// Variants   concat  one work-item per element of x    the definition: a launch for each input
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of x)
#include "common/tensor.clh"

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
