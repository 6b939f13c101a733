// conv2d_winograd_gemm: conv2d by Winograd's F(4x4, 3x3), with the formulas, order of tiles and packed filters of
// ops/conv2d_winograd.cl: the transforms with one work-item for 4 channels of a tile, the products in local memory.
//
//   winograd_input      V[36][C/16][chunk][16] = B^T x B
//   winograd_multiply   M[36][K/16][chunk][16] = V * U, a matrix product for each of the 36 places
//   winograd_output     y = A^T M A + bias + residual
// filters U: [36][K/16][C/16][16 in][16 out], see layout/pack.cl   bias: K rounded up to 16
//
// Algorithm winograd4: columns of a tile, then rows; c in order; bits as there.   Tiles of the product  common/product.clh
#define VECTOR float4
#include "common/winograd.clh"
#include "common/epilogue.clh"
#include "common/product.clh"

// Work size  (quads of the tiles of the chunk, rounded up; blocks of channels)
__kernel void winograd_input(__global const float *restrict input, __global float *restrict transformed,
                             const winograd_arguments a) {
  const int t = (int)get_global_id(0) / QUADS;
  const int lane = (int)get_global_id(0) % QUADS * 4;
  const int block = (int)get_global_id(1);
  if (t >= a.tiles) return;
  const tensor x = a.conv.x;
  const winograd_tile at = tile_at(a, t);
  const int blocks = (x.channels + LANES - 1) / LANES;
  const int image = (block * x.capacity + at.n) * x.height;
  float4 d[36];
#pragma unroll
  for (int s = 0; s < 6; ++s) {
    const int j = at.q + s - a.conv.pad_x;
#pragma unroll
    for (int r = 0; r < 6; ++r) {
      const int i = at.p + r - a.conv.pad_y;
      const int is_inside = (uint)i < (uint)x.height && (uint)j < (uint)x.width;
      d[r * 6 + s] = is_inside ? quad_at(input, ((image + i) * x.width + j) * LANES + lane) : (float4)(0.0f);
    }
    transform_input(d[s], d[6 + s], d[12 + s], d[18 + s], d[24 + s], d[30 + s], at.rows, d + s, 6);
  }
#pragma unroll
  for (int r = 0; r < 6; ++r) {
    float4 *v = d + r * 6;
    transform_input(v[0], v[1], v[2], v[3], v[4], v[5], at.width, v, 1);
#pragma unroll
    for (int s = 0; s < 6; ++s)
      if (has_point(at.rows, r) && has_point(at.width, s))
        quad_store(transformed, (((r * 6 + s) * blocks + block) * a.chunk + t) * LANES + lane, v[s]);
  }
}

#define PIXEL_LOADS LOADS(TP * KT / 4)
#define WEIGHT_LOADS LOADS(TK * KT / 4)

// Work size  ((tiles of TK filters x tiles of TP tiles of the chunk) * ITEMS, 36), groups of ITEMS
__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void winograd_multiply(__global const float *restrict transformed, __global const float *restrict filters,
                                __global float *restrict products, const winograd_arguments a) {
  __local float4 pixels[2][KT * PIXEL_QUADS];
  __local float4 weights[2][KT * WEIGHT_QUADS];
  const int item = (int)get_local_id(0);
  const int k0 = FILTER_TILE(a.conv.y.channels) * (TK / LANES);
  const int t0 = PIXEL_TILE(a.conv.y.channels) * TP;
  const int place = (int)get_group_id(1);
  if (!has_products(a, t0, TP, place)) return;
  const int in_blocks = (a.conv.x.channels + LANES - 1) / LANES;
  const int out_blocks = (a.conv.y.channels + LANES - 1) / LANES;
  const int last = block_channels(a.conv.x.channels, in_blocks - 1);
  const int slices = (in_blocks - 1) * (LANES / KT) + (last + KT - 1) / KT;
  __global const float *v = transformed + place * in_blocks * a.chunk * LANES;
  __global const float *u = filters + place * out_blocks * in_blocks * LANES * LANES;

  float4 sum[MP][MK / 4];
#pragma unroll
  for (int i = 0; i < MP; ++i)
#pragma unroll
    for (int j = 0; j < MK / 4; ++j) sum[i][j] = (float4)(0.0f);

  for (int slice = 0; slice <= slices; ++slice) {
    float4 next_pixels[PIXEL_LOADS], next_weights[WEIGHT_LOADS];
    const int block = slice * KT / LANES, part = slice * KT % LANES;
    if (slice < slices) {
#pragma unroll
      for (int l = 0; l < PIXEL_LOADS; ++l) {
        const int at = item + l * ITEMS;
        const int t = max(min(t0 + at / (KT / 4), a.tiles - 1), 0);   // a chunk may be empty
        next_pixels[l] = quad_at(v, (block * a.chunk + t) * LANES + part + at % (KT / 4) * 4);
      }
#pragma unroll
      for (int l = 0; l < WEIGHT_LOADS; ++l) {
        const int at = min(item + l * ITEMS, TK * KT / 4 - 1);
        const int k = at % WEIGHT_QUADS * 4, c = part + at / WEIGHT_QUADS;
        const int filter = min(k0 + k / LANES, out_blocks - 1);
        next_weights[l] = quad_at(u, ((filter * in_blocks + block) * LANES + c) * LANES + k % LANES);
      }
    }
    if (slice > 0) {
      const int before = (slice - 1) * KT;
      PRODUCT_SLICE(sum, pixels[(slice + 1) & 1], weights[(slice + 1) & 1], item,
                    min(KT, block_channels(a.conv.x.channels, before / LANES) - before % LANES))
    }
    if (slice < slices) {
#pragma unroll
      for (int l = 0; l < PIXEL_LOADS; ++l) {
        const int at = item + l * ITEMS;
        if (at < TP * KT / 4) product_column(pixels[slice & 1], at % (KT / 4) * 4, at / (KT / 4), next_pixels[l]);
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
      const int filter = k0 + k / LANES;
      if (t < a.tiles && filter < out_blocks)
        quad_store(products, ((place * out_blocks + filter) * a.chunk + t) * LANES + k % LANES, sum[i][j]);
    }
  }
}

// Work size  (quads of the tiles of the chunk, rounded up; blocks of filters)
__kernel void winograd_output(__global const float *restrict products, __global const float *restrict bias,
                              __global const float *residual, __global const float *gate, __global float *output,
                              const winograd_arguments a) {
  const int t = (int)get_global_id(0) / QUADS;
  const int lane = (int)get_global_id(0) % QUADS * 4;
  const int block = (int)get_global_id(1);
  if (t >= a.tiles) return;
  const tensor y = a.conv.y;
  const winograd_tile at = tile_at(a, t);
  const int blocks = (y.channels + LANES - 1) / LANES;
  float4 m[36];
#pragma unroll
  for (int s = 0; s < 6; ++s) {
#pragma unroll
    for (int r = 0; r < 6; ++r)
      m[r * 6 + s] = has_point(at.rows, r) && has_point(at.width, s)
                         ? quad_at(products, (((r * 6 + s) * blocks + block) * a.chunk + t) * LANES + lane)
                         : (float4)(0.0f);
    transform_output(m[s], m[6 + s], m[12 + s], m[18 + s], m[24 + s], m[30 + s], at.rows, m + s, 6);
  }
#pragma unroll
  for (int r = 0; r < 4; ++r) {
    float4 *sums = m + r * 6;
    transform_output(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], at.width, sums, 1);
#pragma unroll
    for (int s = 0; s < 4; ++s)
      if (r < at.rows && s < at.width)
        store_quad(bias, residual, gate, output, y, a.conv.residual, a.conv.gate, a.conv.has_bias, a.conv.end, sums[s], block,
                   lane, (at.n * y.height + at.p + r) * y.width + at.q + s);
  }
}
