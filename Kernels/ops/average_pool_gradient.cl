// average_pool_gradient: dx[n,c,i,j] = sum of dy[n,c,p,q] / divisor(p, q) over the windows with a tap on (i, j)
// dy: N C P Q   dx: N C H W       layouts may differ; windows are added in row-major order
// Variants   average_pool_gradient        one work-item per output     the definition; never deleted
//            average_pool_gradient_lanes  one row of dx, 16 channels; blocked
// Work size of the definition  (elements of a channel or block, rounded up; rows; channels or blocks of dx)
#include "common/pooling.clh"

__kernel void average_pool_gradient(__global const float *restrict upstream, __global float *restrict output,
                                    const pooling_gradient_arguments a) {
  if (!walk_inside(a.dx)) return;
  const walk w = walk_element(a.dx);
  float sum = 0.0f;
  if (!w.is_tail) {
    for (int r = a.window.kernel_height - 1; r >= 0; --r) {
      const int p = window_over_row(a.window, w.y, r, a.dy.height);
      if (p < 0) continue;
      for (int s = a.window.kernel_width - 1; s >= 0; --s) {
        const int q = window_over_column(a.window, w.x, s, a.dy.width);
        if (q < 0) continue;
        sum += upstream[tensor_at(a.dy, w.n, w.c, p, q)] /
               pooling_divisor(a.window, a.dx.height, a.dx.width, a.counts_padding, p, q);
      }
    }
  }
  output[w.at] = sum;
}

// Work size  (rows of pixels of dx, rows, blocks of channels), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void average_pool_gradient_lanes(__global const float *restrict upstream, __global float *restrict output,
                                          const pooling_gradient_arguments a) {
  const int i = (int)get_global_id(0), n = (int)get_global_id(1), block = (int)get_global_id(2);
  __global const float *dy = upstream + lanes_at(a.dy, n, block);
  __global float *dx = output + lanes_at(a.dx, n, block) + i * a.dx.width * LANES;
  for (int j = 0; j < a.dx.width; ++j) {
    float16 sum = (float16)(0.0f);
    for (int r = a.window.kernel_height - 1; r >= 0; --r) {
      const int p = window_over_row(a.window, i, r, a.dy.height);
      if (p < 0) continue;
      for (int s = a.window.kernel_width - 1; s >= 0; --s) {
        const int q = window_over_column(a.window, j, s, a.dy.width);
        if (q < 0) continue;
        sum += vload16(p * a.dy.width + q, dy) /
               pooling_divisor(a.window, a.dx.height, a.dx.width, a.counts_padding, p, q);
      }
    }
    store16(sum, j, dx);
  }
}
