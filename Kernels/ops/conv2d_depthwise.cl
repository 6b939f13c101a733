// conv2d_depthwise: conv2d with one channel and one filter in each group. Formula and shapes: ops/conv2d.cl, with K = C.
//
// Algorithm depthwise: sum over r, s.   Blocked. bias, residual and activation as conv2d.
#include "common/convolution.clh"

#ifndef UW   // pixels per work-item
#define UW 4
#endif

// filters: [K/16][R*S][16], zero where there is none, and 16 zeros behind the last;  bias: K rounded up to 16.
// Work size  (tiles of UW pixels of the whole batch, blocks of filters), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void conv2d_depthwise(__global const float *restrict input, __global const float *restrict filters,
                               __global const float *restrict bias, __global const float *restrict residual,
                               __global float *restrict output, const conv2d_arguments a) {
  const int t0 = (int)get_global_id(0) * UW;
  const int block = (int)get_global_id(1);
  const int used = min(UW, a.y.rows * a.y.height * a.y.width - t0);
  const int taps = a.kernel_height * a.kernel_width;
  __global const float *x = input + block * a.x.capacity * a.x.height * a.x.width * LANES;
  __global const float *w = filters + block * taps * LANES;
  __global const float *zeros = filters + (a.y.channels + LANES - 1) / LANES * taps * LANES;

  // Where the window of a pixel begins. A tile behind the last pixel reads that pixel again and does not store.
  int top[UW], left[UW], at[UW];
  float16 sum[UW];
#pragma unroll
  for (int u = 0; u < UW; ++u) {
    const int t = t0 + min(u, used - 1);
    const int row = t / a.y.width;
    const int n = row / a.y.height;
    top[u] = (row - n * a.y.height) * a.stride_y - a.pad_y;
    left[u] = (t - row * a.y.width) * a.stride_x - a.pad_x;
    at[u] = (n * a.x.height + top[u]) * a.x.width + left[u];
    sum[u] = (float16)(0.0f);
  }
  for (int r = 0; r < a.kernel_height; ++r)
    for (int s = 0; s < a.kernel_width; ++s) {
      const int i = r * a.dilation_y, j = s * a.dilation_x;
      const float16 weight = vload16(r * a.kernel_width + s, w);
#pragma unroll
      for (int u = 0; u < UW; ++u) {
        const int inside = (uint)(top[u] + i) < (uint)a.x.height && (uint)(left[u] + j) < (uint)a.x.width;
        sum[u] = fma(vload16(0, inside ? x + (at[u] + i * a.x.width + j) * LANES : zeros), weight, sum[u]);
      }
    }
  float16 sums[UW];
#pragma unroll
  for (int u = 0; u < UW; ++u) sums[u] = sum[u];
  store_pixels(bias, residual, output, a, sums, block, t0, used);
}
