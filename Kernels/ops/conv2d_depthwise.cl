// conv2d_depthwise: conv2d with one channel and one filter in each group. Formula and shapes: ops/conv2d.cl, with K = C.
//
// Algorithm depthwise: sum over r, s, without the taps outside the image.   Blocked. bias, residual and activation as conv2d.
#include "common/convolution.clh"
#include "common/lanes.clh"

#ifndef UW   // pixels of a tile
#define UW 4
#endif

// A row of outputs: tiles whose windows lie inside the image, and single pixels at its ends.
// filters: [K/16][R*S][16], zero where there is none;  bias: K rounded up to 16.
// Work size  (rows of pixels of y, rows, blocks of channels), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void conv2d_depthwise(__global const float *restrict input, __global const float *restrict filters,
                               __global const float *restrict bias, __global const float *restrict residual,
                               __global const float *restrict gate, __global float *restrict output,
                               const conv2d_arguments a) {
  const int p = (int)get_global_id(0), n = (int)get_global_id(1), block = (int)get_global_id(2);
  __global const float *x = input + lanes_at(a.x, n, block);
  __global const float *w = filters + block * a.kernel_height * a.kernel_width * LANES;
  const int top = p * a.stride_y - a.pad_y;
  int first = 0, end = a.kernel_height;   // the rows of the window that lie in the image
  while (first < end && top + first * a.dilation_y < 0) ++first;
  while (first < end && top + (end - 1) * a.dilation_y >= a.x.height) --end;

  for (int q = 0; q < a.y.width;) {
    const int left = q * a.stride_x - a.pad_x;
    const int right = left + (UW - 1) * a.stride_x + (a.kernel_width - 1) * a.dilation_x;
    const int is_tile = left >= 0 && right < a.x.width && q + UW <= a.y.width;
    float16 sum[UW];
#pragma unroll
    for (int u = 0; u < UW; ++u) sum[u] = (float16)(0.0f);
    for (int r = first; r < end; ++r) {
      __global const float *row = x + (top + r * a.dilation_y) * a.x.width * LANES;
      if (is_tile) {
        for (int s = 0; s < a.kernel_width; ++s) {
          const float16 weight = vload16(r * a.kernel_width + s, w);
#pragma unroll
          for (int u = 0; u < UW; ++u)
            sum[u] = fma(vload16(left + u * a.stride_x + s * a.dilation_x, row), weight, sum[u]);
        }
      } else {
        for (int s = 0; s < a.kernel_width; ++s) {
          const int j = left + s * a.dilation_x;
          if (j >= 0 && j < a.x.width) sum[0] = fma(vload16(j, row), vload16(r * a.kernel_width + s, w), sum[0]);
        }
      }
    }
    const int count = is_tile ? UW : 1;
    float16 sums[UW];
#pragma unroll
    for (int u = 0; u < UW; ++u) sums[u] = sum[u];
    store_pixels(bias, residual, gate, output, a, sums, block, (n * a.y.height + p) * a.y.width + q, count);
    q += count;
  }
}
