// max_pool: y[n,c,p,q] = the maximum of x over the cells of the image in window (p, q); -infinity where there are none
// x: N C H W   y: N C P Q       layouts may differ; a NaN in the window is the result
// Variants   max_pool  one work-item per output        the definition; never deleted
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/pooling.clh"

__kernel void max_pool(__global const float *restrict input, __global float *restrict output,
                       const pooling_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  float y = 0.0f;
  if (!w.is_tail) {
    const int2 place = pooling_maximum(input, a.x, a.window, w.n, w.c, w.y, w.x);
    y = place.x < 0 ? -INFINITY : input[tensor_at(a.x, w.n, w.c, place.x, place.y)];
  }
  output[w.at] = y;
}
