// conv2d_winograd_gemm: conv2d by Winograd's F(4x4, 3x3), with the formulas, points and packed filters of
// ops/conv2d_winograd.cl: the transforms with one work-item for 4 channels of a tile, the products in local memory.
//
//   winograd_input      V[36][C/16][chunk][16] = B^T x B
//   winograd_multiply   M[36][K/16][chunk][16] = V * U, a matrix product for each of the 36 places
//   winograd_output     y = A^T M A + bias + residual
// filters U: [36][K/16][C/16][16 in][16 out], see layout/pack.cl   bias: K rounded up to 16
//
// Algorithm winograd4: columns of a tile, then rows; c in order; bits as there.   Tiles of the product  common/product.clh
#include "common/convolution.clh"
#include "common/epilogue.clh"
#include "common/product.clh"

typedef struct {
  conv2d_arguments conv;
  int first, tiles;      // the tiles of this chunk: the first, and how many there are in this run
  int chunk;             // the tiles that V and M hold
  int rows, columns;     // of tiles, in an image
} winograd_arguments;

// Where a tile lies: its image, and its first output.
typedef struct {
  int n, p, q;
} tile;

tile tile_at(const winograd_arguments a, const int t) {
  const int row = (a.first + t) / a.columns;
  tile at;
  at.n = row / a.rows;
  at.p = (row - at.n * a.rows) * 4;
  at.q = (a.first + t - row * a.columns) * 4;
  return at;
}

#define A1 0.75f      // a, a^2, a^3
#define A2 0.5625f
#define A3 0.421875f
#define B1 1.5f       // b, b^2, b^3
#define B2 2.25f
#define B3 3.375f

// B^T d for the six elements at d, d + step, ...
void transform_input(float4 *d, const int step) {
  const float4 d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
  const float4 even = fma((float4)(-B2), d2, d4), odd = fma((float4)(-B2), d1, d3);
  const float4 even2 = fma((float4)(-A2), d2, d4), odd2 = fma((float4)(-A2), d1, d3);
  d[0] = fma((float4)(A2 * B2), d0, fma((float4)(-A2 - B2), d2, d4));
  d[step] = fma((float4)(A1), odd, even);
  d[2 * step] = fma((float4)(-A1), odd, even);
  d[3 * step] = fma((float4)(B1), odd2, even2);
  d[4 * step] = fma((float4)(-B1), odd2, even2);
  d[5 * step] = fma((float4)(A2 * B2), d1, fma((float4)(-A2 - B2), d3, d5));
}

// A^T m for the six elements at m, m + step, ...; the four results lie at the first four places.
void transform_output(float4 *m, const int step) {
  const float4 m0 = m[0], m5 = m[5 * step];
  const float4 sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
  const float4 sum2 = m[3 * step] + m[4 * step], difference2 = m[3 * step] - m[4 * step];
  m[0] = m0 + sum + sum2;
  m[step] = fma((float4)(B1), difference2, (float4)(A1) * difference);
  m[2 * step] = fma((float4)(B2), sum2, (float4)(A2) * sum);
  m[3 * step] = fma((float4)(B3), difference2, fma((float4)(A3), difference, m5));
}

// Work size  (quads of the tiles of the chunk, rounded up; blocks of channels)
__kernel void winograd_input(__global const float *restrict input, __global float *restrict transformed,
                             const winograd_arguments a) {
  const int t = (int)get_global_id(0) / QUADS;
  const int lane = (int)get_global_id(0) % QUADS * 4;
  const int block = (int)get_global_id(1);
  if (t >= a.tiles) return;
  const tensor x = a.conv.x;
  const tile at = tile_at(a, t);
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
    transform_input(d + s, 6);
  }
#pragma unroll
  for (int r = 0; r < 6; ++r) {
    transform_input(d + r * 6, 1);
#pragma unroll
    for (int s = 0; s < 6; ++s)
      quad_store(transformed, (((r * 6 + s) * blocks + block) * a.chunk + t) * LANES + lane, d[r * 6 + s]);
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
  const tile at = tile_at(a, t);
  const int blocks = (y.channels + LANES - 1) / LANES;
  float4 m[36];
#pragma unroll
  for (int s = 0; s < 6; ++s) {
#pragma unroll
    for (int r = 0; r < 6; ++r)
      m[r * 6 + s] = quad_at(products, (((r * 6 + s) * blocks + block) * a.chunk + t) * LANES + lane);
    transform_output(m + s, 6);
  }
#pragma unroll
  for (int r = 0; r < 4; ++r) {
    transform_output(m + r * 6, 1);
#pragma unroll
    for (int s = 0; s < 4; ++s)
      if (at.p + r < y.height && at.q + s < y.width)
        store_quad(bias, residual, gate, output, y, a.conv.residual, a.conv.gate, a.conv.has_bias, a.conv.end, m[r * 6 + s],
                   block, lane,
                   (at.n * y.height + at.p + r) * y.width + at.q + s);
  }
}
