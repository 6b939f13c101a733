// conv2d_gemm: conv2d, and its gradient by x, as a product of matrices whose pixels are gathered while they are loaded.
// Formula and shapes: ops/conv2d.cl and ops/conv2d_data_gradient.cl.
//
// A window lies on a grid; the pixels of all windows of the batch are one row of the product. Along each axis
//   window i reads, for its tap m, pixel i * stride + offset + m * offset_step of x with tap `tap + m * tap_step` of the
//   filters, and makes pixel i * spread + phase of y.
// conv2d: all taps, spread 1. Gradient: one launch for each phase of the stride, with the taps that meet this phase.
//
// Algorithm direct (conv2d) or taps (gradient): sum over r, s, c. TK = 16 where there are groups: what is
// not finite also reaches the other groups of a block, as in conv2d_direct.
// Tiles  common/product.clh: 128x128x8 with 8x8 sums an item, 64x64x16, 64x32x16, 64x16x16 with 4x4
#include "common/convolution.clh"
#include "common/epilogue.clh"
#include "common/product.clh"

typedef struct {
  int grid, stride;
  int count, tap, tap_step;
  int offset, offset_step;
  int spread, phase;
} gemm_axis;

typedef struct {
  tensor x, y, residual, gate;
  int filters, channels;        // of one group
  int taps, kernel_width;       // of the packed filters
  int packed_blocks;
  gemm_axis rows, columns;
  int has_bias;
  epilogue end;
} gemm_arguments;

#define PIXEL_LOADS LOADS(TP * KT / 4)
#define WEIGHT_LOADS LOADS(TK * KT / 4)

// filters: [K/16][taps][packed_blocks][16 in][16 out], zero where there is none.  bias: K rounded up to 16.
// Work size  (tiles of TK filters x tiles of TP windows of the whole batch) * ITEMS, groups of ITEMS
__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void conv2d_gemm(__global const float *restrict input, __global const float *restrict filters,
                          __global const float *restrict bias, __global const float *residual,
                          __global const float *gate, __global float *output, const gemm_arguments a) {
  __local float4 pixels[2][KT * PIXEL_QUADS];
  __local float4 weights[2][KT * WEIGHT_QUADS];
  const int item = (int)get_local_id(0);
  const int k0 = FILTER_TILE(a.y.channels) * (TK / LANES);
  const int t0 = PIXEL_TILE(a.y.channels) * TP;
  const int windows = a.y.rows * a.rows.grid * a.columns.grid;
  const int out_blocks = (a.y.channels + LANES - 1) / LANES;
  const int first = first_block(k0, a.filters, a.channels);
  const int end = TK == LANES ? end_block(k0, a.y.channels, a.filters, a.channels) : a.packed_blocks;
  const int plane = a.x.capacity * a.x.height * a.x.width * LANES;
  const int packed = a.taps * a.packed_blocks * LANES * LANES;

  // What this item loads of every slice: a quad of channels of some windows, and of some filters.
  int top[PIXEL_LOADS], left[PIXEL_LOADS], row[PIXEL_LOADS];
#pragma unroll
  for (int l = 0; l < PIXEL_LOADS; ++l) {
    const int t = min(t0 + (item + l * ITEMS) / (KT / 4), windows - 1);
    const int i = t / a.columns.grid;
    const int n = i / a.rows.grid;
    top[l] = (i - n * a.rows.grid) * a.rows.stride + a.rows.offset;
    left[l] = (t - i * a.columns.grid) * a.columns.stride + a.columns.offset;
    row[l] = n * a.x.height;
  }
  float4 sum[MP][MK / 4];
#pragma unroll
  for (int i = 0; i < MP; ++i)
#pragma unroll
    for (int j = 0; j < MK / 4; ++j) sum[i][j] = (float4)(0.0f);

  const int last = block_channels(a.x.channels, end - 1);
  const int slices = a.rows.count * a.columns.count * ((end - first - 1) * (LANES / KT) + (last + KT - 1) / KT);
  int r = 0, s = 0, block = first, part = 0, count = 0;   // count: the terms of the slice before
  for (int slice = 0; slice <= slices; ++slice) {
    float4 next_pixels[PIXEL_LOADS], next_weights[WEIGHT_LOADS];
    if (slice < slices) {
      const int y = r * a.rows.offset_step, x = s * a.columns.offset_step;
#pragma unroll
      for (int l = 0; l < PIXEL_LOADS; ++l) {
        const int is_inside = (uint)(top[l] + y) < (uint)a.x.height && (uint)(left[l] + x) < (uint)a.x.width;
        const int at = ((row[l] + top[l] + y) * a.x.width + left[l] + x) * LANES + block * plane + part;
        next_pixels[l] = is_inside ? quad_at(input, at + (item + l * ITEMS) % (KT / 4) * 4) : (float4)(0.0f);
      }
      const int tap = (a.rows.tap + r * a.rows.tap_step) * a.kernel_width + a.columns.tap + s * a.columns.tap_step;
      const int from = (tap * a.packed_blocks + block - first) * LANES * LANES + part * LANES;
#pragma unroll
      for (int l = 0; l < WEIGHT_LOADS; ++l) {
        const int at = min(item + l * ITEMS, TK * KT / 4 - 1);
        const int k = at % WEIGHT_QUADS * 4, c = at / WEIGHT_QUADS;
        next_weights[l] = quad_at(filters, min(k0 + k / LANES, out_blocks - 1) * packed + from + c * LANES + k % LANES);
      }
    }
    PRODUCT_SLICE(sum, pixels[(slice + 1) & 1], weights[(slice + 1) & 1], item, count)
    if (slice < slices) {
#pragma unroll
      for (int l = 0; l < PIXEL_LOADS; ++l) {
        const int at = item + l * ITEMS;
        if (at < TP * KT / 4) product_column(pixels[slice & 1], at % (KT / 4) * 4, at / (KT / 4), next_pixels[l]);
      }
#pragma unroll
      for (int l = 0; l < WEIGHT_LOADS; ++l)
        if (item + l * ITEMS < TK * KT / 4) weights[slice & 1][item + l * ITEMS] = next_weights[l];
      const int channels = block_channels(a.x.channels, block);
      count = min(KT, channels - part);
      part += KT;
      if (part >= channels) {
        part = 0;
        if (++block == end) {
          block = first;
          if (++s == a.columns.count) {
            s = 0;
            ++r;
          }
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

#pragma unroll
  for (int i = 0; i < MP; ++i) {
    const int t = t0 + PIXEL_OF(item, i / 4) + i % 4;
    if (t < windows) {
      const int line = t / a.columns.grid;
      const int n = line / a.rows.grid;
      const int p = (line - n * a.rows.grid) * a.rows.spread + a.rows.phase;
      const int q = (t - line * a.columns.grid) * a.columns.spread + a.columns.phase;
      const int pixel = (n * a.y.height + p) * a.y.width + q;
#pragma unroll
      for (int j = 0; j < MK / 4; ++j) {
        const int k = FILTER_OF(item, j);
        if (k0 + k / LANES < out_blocks)
          store_quad(bias, residual, gate, output, a.y, a.residual, a.gate, a.has_bias, a.end, sum[i][j], k0 + k / LANES,
                     k % LANES, pixel);
      }
    }
  }
}
