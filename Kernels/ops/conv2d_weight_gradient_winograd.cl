// conv2d_weight_gradient_winograd: dw[k,c] = G^T [ sum over tiles of (A dy[k] A^T) * (B^T x[c] B) ] G
// the transposition by the filters of conv2d_winograd, whose tiles and transforms it has: 4x4 of dy and 6x6 of x, 36 products
// where conv2d_weight_gradient has 144.  3x3 filters, stride 1, one group, blocked layout; * is element by element.
// Lavin and Gray 2016, section 4
//
// The tiles of the batch are worked on in chunks, three kernels a chunk:
//   winograd_input      V[36][C/16][chunk][16] = B^T x B, see ops/conv2d_winograd.cl
//   winograd_upstream   W[36][K/16][chunk][16] = A dy A^T
//   winograd_weights    M[K/16][C/16][36][16 k][16 c] += W * V; behind the last chunk dw = G^T M G
// x: N C H W   dy: N K P Q   dw: K C 3 3
//
// Algorithm winograd4: the sums of runs of 64 tiles in order, the chunks in order; runs begin anew at each class of tiles and
// each chunk. Work-groups of one.
#define VECTOR float16
#include "common/weight_sums.clh"
#include "common/winograd.clh"

typedef struct {
  winograd_arguments w;   // the forward pass: its y is dy
  tensor dw;
  int is_first, is_last;  // of the chunks
} winograd_gradient_arguments;

// A d for the outputs d of a direction: the polynomial d0 + d1 p + d2 p^2 + d3 p^3 at the points; `last` at infinity.
void transform_upstream(const float16 d0, const float16 d1, const float16 d2, const float16 d3, const float16 last,
                        float16 *t) {
  const float16 even = fma((float16)(A2), d2, d0), odd = fma((float16)(A3), d3, (float16)(A1) * d1);
  const float16 even2 = fma((float16)(B2), d2, d0), odd2 = fma((float16)(B3), d3, (float16)(B1) * d1);
  t[0] = d0;
  t[1] = even + odd;
  t[2] = even - odd;
  t[3] = even2 + odd2;
  t[4] = even2 - odd2;
  t[5] = last;
}

// W of a tile and a block of filters; `plane` is the distance between places.
void upstream_tile(__global const float *upstream, __global float *transformed, const tensor dy, const winograd_tile at,
                   const int block, const int plane) {
  __global const float *corner =
      upstream + lanes_at(dy, at.n, block) + (at.p * dy.width + at.q) * LANES;
  float16 columns[4][6];
#pragma unroll 1
  for (int s = 0; s < at.width; ++s) {
    float16 d[4];
#pragma unroll
    for (int r = 0; r < 4; ++r) d[r] = r < at.rows ? vload16(r * dy.width + s, corner) : (float16)(0.0f);
    transform_upstream(d[0], d[1], d[2], d[3], vload16((at.rows - 1) * dy.width + s, corner), columns[s]);
  }
  for (int s = at.width; s < 4; ++s)
    for (int r = 0; r < 6; ++r) columns[s][r] = (float16)(0.0f);
#pragma unroll 1
  for (int r = 0; r < 6; ++r) {
    if (!has_point(at.rows, r)) continue;
    float16 w[6];
    transform_upstream(columns[0][r], columns[1][r], columns[2][r], columns[3][r], columns[at.width - 1][r], w);
#pragma unroll
    for (int s = 0; s < 6; ++s)
      if (has_point(at.width, s)) store16(w[s], (r * 6 + s) * plane, transformed);
  }
}

// Work size  (runs of TILES tiles of the chunk, blocks of filters)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void winograd_upstream(__global const float *restrict upstream, __global float *restrict transformed,
                                const winograd_arguments a) {
  const int block = (int)get_global_id(1);
  const int plane = (a.conv.y.channels + LANES - 1) / LANES * a.chunk;
  for (int t = (int)get_global_id(0) * TILES, end = min(t + TILES, a.tiles); t < end; ++t)
    upstream_tile(upstream, transformed + (block * a.chunk + t) * LANES, a.conv.y, tile_at(a, t), block, plane);
}

// G^T m: three taps from the sums at the points, each divided by its distances from the others.
void transform_sums(const float16 m0, const float16 m1, const float16 m2, const float16 m3, const float16 m4, const float16 m5,
                    float16 *t) {
  const float16 sum = (m1 + m2) / DA, difference = (m1 - m2) / DA;
  const float16 sum2 = (m3 + m4) / DB, difference2 = (m3 - m4) / DB;
  t[0] = m0 / D0 + sum + sum2;
  t[1] = fma((float16)(B1), difference2, (float16)(A1) * difference);
  t[2] = fma((float16)(B2), sum2, fma((float16)(A2), sum, m5));
}

// The nine taps of a filter and of a block of channels from their sums at the places, which lie 16 x 16 floats apart.
void store_filter(const float *sums, const tensor dw, const int k, const int block, __global float *output) {
  float16 columns[6][3];
  for (int s = 0; s < 6; ++s)
    transform_sums(vload16(s * LANES, sums), vload16((6 + s) * LANES, sums), vload16((12 + s) * LANES, sums),
                   vload16((18 + s) * LANES, sums), vload16((24 + s) * LANES, sums), vload16((30 + s) * LANES, sums),
                   columns[s]);
  for (int r = 0; r < 3; ++r) {
    float16 taps[3];
    transform_sums(columns[0][r], columns[1][r], columns[2][r], columns[3][r], columns[4][r], columns[5][r], taps);
    for (int s = 0; s < 3; ++s) store_tap(taps[s], dw, k, block, r * 3 + s, 9, output);
  }
}

#define RUN_TILES 64   // W and V of a run stay in the nearest cache

// Work size  (blocks of filters, blocks of channels)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void winograd_weights(__global const float *restrict transformed, __global const float *restrict upstream,
                               __global float *restrict products, __global float *restrict output,
                               const winograd_gradient_arguments a) {
  const int k = (int)get_global_id(0), c = (int)get_global_id(1);
  const int in_blocks = (a.w.conv.x.channels + LANES - 1) / LANES;
  const int out_blocks = (a.dw.rows + LANES - 1) / LANES;
  const tensor dy = a.w.conv.y;
  __global float *all = products + (k * in_blocks + c) * 36 * LANES * LANES;
  float sums[36 * LANES * LANES];
  for (int i = 0; i < 36 * LANES; ++i) vstore16(a.is_first ? (float16)(0.0f) : vload16(i, all), i, sums);
  for (int place = 0; place < 36; ++place) {
    __global const float *v = transformed + (place * in_blocks + c) * a.w.chunk * LANES;
    __global const float *w = upstream + (place * out_blocks + k) * a.w.chunk * LANES;
    for (int class = 0, end = 0; class < 4; ++class) {
      const int first = max(end - a.w.first, 0);
      end += class_count(dy, class);
      if (!class_has_place(dy, class, place)) continue;
      for (int t = first, last = min(end - a.w.first, a.w.tiles); t < last; t += RUN_TILES)
        add_products(v + t * LANES, w + t * LANES, min(RUN_TILES, last - t), LANES, sums + place * LANES * LANES);
    }
  }
  if (a.is_last) {
    for (int j = 0; j < min(LANES, a.dw.rows - k * LANES); ++j) store_filter(sums + j * LANES, a.dw, k * LANES + j, c, output);
  } else {
    for (int i = 0; i < 36 * LANES; ++i) store16(vload16(i, sums), i, all);
  }
}
