// max_pool: y[n,c,p,q] = the maximum of x over the cells of the image in window (p, q); -infinity where there are none
// x: N C H W   y: N C P Q       layouts may differ; a NaN in the window is the result
// Variants   max_pool  one work-item per output        the definition; never deleted
//            max_pool_lanes  one row of outputs, 16 channels; blocked
// Work size of the definition  (elements of a channel or block, rounded up; rows; channels or blocks of y)
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

// Work size  (rows of pixels of y, rows, blocks of channels), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void max_pool_lanes(__global const float *restrict input, __global float *restrict output,
                             const pooling_arguments a) {
  const int p = (int)get_global_id(0), n = (int)get_global_id(1), block = (int)get_global_id(2);
  __global const float *x = input + lanes_at(a.x, n, block);
  __global float *y = output + lanes_at(a.y, n, block) + p * a.y.width * LANES;
  for (int q = 0; q < a.y.width; ++q) {
    float16 greatest = (float16)(-INFINITY);
    for (int r = 0; r < a.window.kernel_height; ++r) {
      const int i = window_row(a.window, p, r);
      if (i < 0 || i >= a.x.height) continue;
      for (int s = 0; s < a.window.kernel_width; ++s) {
        const int j = window_column(a.window, q, s);
        if (j < 0 || j >= a.x.width) continue;
        const float16 value = vload16(i * a.x.width + j, x);
        greatest = value > greatest || isnan(value) ? value : greatest;   // a NaN stays: nothing is greater
      }
    }
    store16(lanes_used(greatest, a.y.channels, block), q, y);
  }
}
