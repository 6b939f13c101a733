// max_pool_gradient: dx[n,c,i,j] = sum of dy[n,c,p,q] over the windows whose first maximum, row-major, is (i, j)
// x, dx: N C H W   dy: N C P Q       layouts may differ; windows are added in row-major order
// Variants   max_pool_gradient        one work-item per output                 the definition; never deleted
//            max_pool_gradient_lanes  one image, 16 channels; blocked          finds each maximum once
// Work size of the definition  (elements of a channel or block, rounded up; rows; channels or blocks of dx)
#include "common/pooling.clh"

__kernel void max_pool_gradient(__global const float *restrict input, __global const float *restrict upstream,
                                __global float *restrict output, const pooling_gradient_arguments a) {
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
        const int2 place = pooling_maximum(input, a.x, a.window, w.n, w.c, p, q);
        if (place.x == w.y && place.y == w.x) sum += upstream[tensor_at(a.dy, w.n, w.c, p, q)];
      }
    }
  }
  output[w.at] = sum;
}

// Work size  (rows, blocks of channels), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void max_pool_gradient_lanes(__global const float *restrict input, __global const float *restrict upstream,
                                      __global float *restrict output, const pooling_gradient_arguments a) {
  const int n = (int)get_global_id(0), block = (int)get_global_id(1);
  const int height = a.x.height, width = a.x.width;
  __global const float *x = input + lanes_at(a.x, n, block), *dy = upstream + lanes_at(a.dy, n, block);
  __global float *dx = output + lanes_at(a.dx, n, block);
  for (int at = 0; at < height * width; ++at) store16((float16)(0.0f), at, dx);
  for (int p = 0; p < a.dy.height; ++p)
    for (int q = 0; q < a.dy.width; ++q) {
      float16 greatest = (float16)(0.0f);
      int16 place = (int16)(-1);
      for (int r = 0; r < a.window.kernel_height; ++r) {
        const int i = window_row(a.window, p, r);
        if (i < 0 || i >= height) continue;
        for (int s = 0; s < a.window.kernel_width; ++s) {
          const int j = window_column(a.window, q, s);
          if (j < 0 || j >= width) continue;
          const float16 value = vload16(i * width + j, x);
          const int16 replaces = (place < 0) | (value > greatest) | (isnan(value) & ~isnan(greatest));
          greatest = replaces ? value : greatest;
          place = replaces ? (int16)(i * width + j) : place;
        }
      }
      const float16 share = vload16(p * a.dy.width + q, dy);
      for (int r = 0; r < a.window.kernel_height; ++r) {
        const int i = window_row(a.window, p, r);
        if (i < 0 || i >= height) continue;
        for (int s = 0; s < a.window.kernel_width; ++s) {
          const int j = window_column(a.window, q, s);
          if (j < 0 || j >= width) continue;
          const int at = i * width + j;
          store16(vload16(at, dx) + (place == (int16)(at) ? share : (float16)(0.0f)), at, dx);
        }
      }
    }
}
