// conv2d_stem_gemm: conv2d for pictures of fewer than 16 channels, which are plain, as a product of matrices: the terms of
// an output, C * R * S, are the rows of its slices. Formula and shapes: ops/conv2d.cl.
//
// Algorithm stem: sum over c, r, s, as ops/conv2d_stem.cl.   One group. bias, residual and activation as conv2d; y is
// blocked.   Tiles  common/product.clh
#include "common/convolution.clh"
#include "common/epilogue.clh"
#include "common/product.clh"

#define PIXEL_LOADS LOADS(TP * KT)
#define WEIGHT_LOADS LOADS(TK * KT / 4)

// filters: [K/16][C*R*S][16], zero where there is none;  bias: K rounded up to 16.
// Work size  (tiles of TK filters x tiles of TP pixels of the whole batch) * ITEMS, groups of ITEMS
__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void conv2d_stem_gemm(__global const float *restrict input, __global const float *restrict filters,
                               __global const float *restrict bias, __global const float *residual,
                               __global const float *gate, __global float *output, const conv2d_arguments a) {
  __local float4 pixels[2][KT * PIXEL_QUADS];
  __local float4 weights[2][KT * WEIGHT_QUADS];
  const int item = (int)get_local_id(0);
  const int k0 = FILTER_TILE(a.y.channels) * (TK / LANES);
  const int t0 = PIXEL_TILE(a.y.channels) * TP;
  const int all = a.y.rows * a.y.height * a.y.width;
  const int out_blocks = (a.y.channels + LANES - 1) / LANES;
  const int taps = a.kernel_height * a.kernel_width;
  const int terms = a.channels * taps;
  const int slices = (terms + KT - 1) / KT;

  // The first pixel under the windows of the pixels that this item loads; a neighbour of it has another term.
  int top[PIXEL_LOADS], left[PIXEL_LOADS], image[PIXEL_LOADS];
#pragma unroll
  for (int l = 0; l < PIXEL_LOADS; ++l) {
    const int t = min(t0 + (item + l * ITEMS) % TP, all - 1);
    const int row = t / a.y.width;
    const int n = row / a.y.height;
    top[l] = (row - n * a.y.height) * a.stride_y - a.pad_y;
    left[l] = (t - row * a.y.width) * a.stride_x - a.pad_x;
    image[l] = n * a.channels;
  }
  float4 sum[MP][MK / 4];
#pragma unroll
  for (int i = 0; i < MP; ++i)
#pragma unroll
    for (int j = 0; j < MK / 4; ++j) sum[i][j] = (float4)(0.0f);

  for (int slice = 0; slice <= slices; ++slice) {
    float next_pixels[PIXEL_LOADS];
    float4 next_weights[WEIGHT_LOADS];
    if (slice < slices) {
#pragma unroll
      for (int l = 0; l < PIXEL_LOADS; ++l) {
        const int term = slice * KT + (item + l * ITEMS) / TP;
        const int c = term / taps;
        const int r = (term - c * taps) / a.kernel_width;
        const int y = top[l] + r * a.dilation_y;
        const int x = left[l] + (term - c * taps - r * a.kernel_width) * a.dilation_x;
        const int is_inside = term < terms && (uint)y < (uint)a.x.height && (uint)x < (uint)a.x.width;
        next_pixels[l] = is_inside ? input[((image[l] + c) * a.x.height + y) * a.x.width + x] : 0.0f;
      }
#pragma unroll
      for (int l = 0; l < WEIGHT_LOADS; ++l) {
        const int at = min(item + l * ITEMS, TK * KT / 4 - 1);
        const int k = at % WEIGHT_QUADS * 4;
        const int term = min(slice * KT + at / WEIGHT_QUADS, terms - 1);
        next_weights[l] = quad_at(filters, (min(k0 + k / LANES, out_blocks - 1) * terms + term) * LANES + k % LANES);
      }
    }
    if (slice > 0) {
      PRODUCT_SLICE(sum, pixels[(slice + 1) & 1], weights[(slice + 1) & 1], item, min(KT, terms - (slice - 1) * KT))
    }
    if (slice < slices) {
#pragma unroll
      for (int l = 0; l < PIXEL_LOADS; ++l) {
        const int at = item + l * ITEMS;
        if (at < TP * KT) ((__local float *)pixels[slice & 1])[at / TP * PIXEL_QUADS * 4 + at % TP] = next_pixels[l];
      }
#pragma unroll
      for (int l = 0; l < WEIGHT_LOADS; ++l)
        if (item + l * ITEMS < TK * KT / 4) weights[slice & 1][item + l * ITEMS] = next_weights[l];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

#pragma unroll
  for (int i = 0; i < MP; ++i) {
    const int t = t0 + PIXEL_OF(item, i / 4) + i % 4;
#pragma unroll
    for (int j = 0; j < MK / 4; ++j) {
      const int k = FILTER_OF(item, j);
      if (t < all && k0 + k / LANES < out_blocks)
        store_quad(bias, residual, gate, output, a.y, a.residual, a.gate, a.has_bias, a.end, sum[i][j], k0 + k / LANES,
                   k % LANES, t);
    }
  }
}
