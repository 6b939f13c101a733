// conv2d_stem: conv2d for pictures of fewer than 16 channels, which are plain. The image is first copied between the zeros of
// its padding, so that the sums need not look where the image ends. Formula and shapes: ops/conv2d.cl.
//
// Algorithm stem: sum over c, r, s.   One group. bias, residual and activation as conv2d; y is blocked.
#include "common/convolution.clh"

#ifndef UW   // pixels per work-item
#define UW 6
#endif
#ifndef NB   // blocks of 16 filters per work-item
#define NB 1
#endif

typedef struct {
  conv2d_arguments conv;
  int height, width;   // of the padded image
} stem_arguments;

// Work size  (elements of a padded row, rounded up; rows of the image; N * C)
__kernel void stem_pad(__global const float *restrict input, __global float *restrict padded, const stem_arguments a) {
  const int j = (int)get_global_id(0), i = (int)get_global_id(1), nc = (int)get_global_id(2);
  if (j >= a.width) return;
  const int y = i - a.conv.pad_y, x = j - a.conv.pad_x;
  const int inside = y >= 0 && y < a.conv.x.height && x >= 0 && x < a.conv.x.width;
  padded[(nc * a.height + i) * a.width + j] =
      inside ? input[(nc * a.conv.x.height + y) * a.conv.x.width + x] : 0.0f;
}

// filters: [K/16][C*R*S][16], zero where there is none;  bias: K rounded up to 16.
// Work size  (blocks of filters / NB, runs of tiles of UW pixels of the whole batch), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void conv2d_stem(__global const float *restrict padded, __global const float *restrict filters,
                          __global const float *restrict bias, __global const float *restrict residual,
                          __global const float *restrict gate, __global float *restrict output,
                          const stem_arguments stem) {
  const conv2d_arguments a = stem.conv;
  const int k0 = (int)get_global_id(0) * NB;
  const int pixels = a.y.rows * a.y.height * a.y.width;
  const int out_blocks = (a.y.channels + LANES - 1) / LANES;
  const int weights = a.channels * a.kernel_height * a.kernel_width * LANES;
  FOR_TILES(t0, pixels) {
    const int used = min(UW, pixels - t0);

    float16 sum[UW][NB];
    __global const float *x[UW];   // a tile behind the last pixel reads that pixel again and does not store
#pragma unroll
    for (int u = 0; u < UW; ++u) {
      const int t = t0 + min(u, used - 1);
      const int row = t / a.y.width;
      const int n = row / a.y.height;
      const int i = (row - n * a.y.height) * a.stride_y;
      x[u] = padded + (n * a.channels * stem.height + i) * stem.width + (t - row * a.y.width) * a.stride_x;
#pragma unroll
      for (int b = 0; b < NB; ++b) sum[u][b] = (float16)(0.0f);
    }
    __global const float *w[NB];
#pragma unroll
    for (int b = 0; b < NB; ++b) w[b] = filters + min(k0 + b, out_blocks - 1) * weights;
    for (int c = 0; c < a.channels; ++c)
      for (int r = 0; r < a.kernel_height; ++r) {
        const int row = (c * stem.height + r * a.dilation_y) * stem.width;
        for (int s = 0; s < a.kernel_width; ++s) {
          const int at = row + s * a.dilation_x;
          float16 weight[NB];
#pragma unroll
          for (int b = 0; b < NB; ++b) {
            weight[b] = vload16(0, w[b]);
            w[b] += LANES;
          }
#pragma unroll
          for (int u = 0; u < UW; ++u)
#pragma unroll
            for (int b = 0; b < NB; ++b) sum[u][b] = fma((float16)(x[u][at]), weight[b], sum[u][b]);
        }
      }
    STORE_TILE(sum, k0, t0, used)
  }
}
