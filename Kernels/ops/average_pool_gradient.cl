// average_pool_gradient: dx[n,c,i,j] = sum of dy[n,c,p,q] / divisor(p, q) over the windows with a tap on (i, j)
// dy: N C P Q   dx: N C H W       layouts may differ; windows are added in row-major order
// Variants   average_pool_gradient  one work-item per output     the definition; never deleted
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of dx)
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
