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

// Work size  (rows of a padded image, N * C), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void stem_pad(__global const float *restrict input, __global float *restrict padded, const stem_arguments a) {
  const int i = (int)get_global_id(0), nc = (int)get_global_id(1);
  const int y = i - a.conv.pad_y, width = a.conv.x.width;
  const int inside = y >= 0 && y < a.conv.x.height;
  __global const float *from = input + (inside ? (nc * a.conv.x.height + y) * width : 0);
  __global float *row = padded + (nc * a.height + i) * a.width;
  const int begin = min(a.conv.pad_x, a.width), end = inside ? begin + min(width, a.width - begin) : begin;
  for (int j = 0; j < begin; ++j) row[j] = 0.0f;
  int j = begin;
  for (; j + 16 <= end; j += 16) store16(vload16(0, from + j - begin), 0, row + j);
  for (; j < end; ++j) row[j] = from[j - begin];
  for (; j < a.width; ++j) row[j] = 0.0f;
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
    batch_pixel at = pixel_at(t0, a.y.height, a.y.width);
#pragma unroll
    for (int u = 0; u < UW; ++u) {
      x[u] = padded + (at.n * a.channels * stem.height + at.p * a.stride_y) * stem.width + at.q * a.stride_x;
      if (u + 1 < used) at = pixel_behind(at, a.y.height, a.y.width);
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
          const int from = row + s * a.dilation_x;
          float16 weight[NB];
#pragma unroll
          for (int b = 0; b < NB; ++b) {
            weight[b] = vload16(0, w[b]);
            w[b] += LANES;
          }
#pragma unroll
          for (int u = 0; u < UW; ++u)
#pragma unroll
            for (int b = 0; b < NB; ++b) sum[u][b] = fma((float16)(x[u][from]), weight[b], sum[u][b]);
        }
      }
    STORE_TILE(sum, k0, t0, used)
  }
}
