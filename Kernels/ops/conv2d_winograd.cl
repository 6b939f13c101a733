// conv2d_winograd: y = A^T [ sum over c of (B^T x[c] B) * (G w[k,c] G^T) ] A for each tile of 4x4 outputs and its 6x6 inputs
// then bias, residual and activation as conv2d.  3x3 filters, stride 1, one group, blocked layout; * is element by element.
// F(4x4, 3x3): Lavin and Gray 2016, section 4; 36 products where conv2d has 144. The points are 0, a, -a, b, -b and infinity
// with a = 3/4 and b = 3/2: rounding errors are half of those of the usual 1 and 2, and all factors are exact in binary.
//
// The tiles of the batch, row after row, are worked on in chunks, three kernels a chunk:
//   winograd_input      V[36][C/16][chunk][16] = B^T x B
//   winograd_multiply   M[36][K/16][chunk][16] = V * U, a matrix product for each of the 36 places
//   winograd_output     y = A^T M A + bias + residual
// filters U: [36][K/16][C/16][16 in][16 out], see layout/pack.cl   bias: K rounded up to 16
//
// Algorithm winograd4: c in order. A row's results depend on neither the batch nor the chunk. What is not finite spreads
// over its tile, and NaN comes of infinity. Work-groups of one.
#include "common/convolution.clh"

#ifndef UW         // tiles per work-item of winograd_multiply; chunks are multiples of it
#define UW 6
#endif
#ifndef NB         // blocks of 16 filters per work-item of winograd_multiply
#define NB 1
#endif

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

// B^T d for the six elements at d, d + step, ...: the coefficients of x (x^2 - a^2) (x^2 - b^2) / (x - point).
void transform_input(float16 *d, const int step) {
  const float16 d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
  const float16 even = fma((float16)(-B2), d2, d4), odd = fma((float16)(-B2), d1, d3);
  const float16 even2 = fma((float16)(-A2), d2, d4), odd2 = fma((float16)(-A2), d1, d3);
  d[0] = fma((float16)(A2 * B2), d0, fma((float16)(-A2 - B2), d2, d4));
  d[step] = fma((float16)(A1), odd, even);
  d[2 * step] = fma((float16)(-A1), odd, even);
  d[3 * step] = fma((float16)(B1), odd2, even2);
  d[4 * step] = fma((float16)(-B1), odd2, even2);
  d[5 * step] = fma((float16)(A2 * B2), d1, fma((float16)(-A2 - B2), d3, d5));
}

// A^T m for the six elements at m, m + step, ...: the powers of the points. The four results lie at the first four places.
void transform_output(float16 *m, const int step) {
  const float16 m0 = m[0], m5 = m[5 * step];
  const float16 sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
  const float16 sum2 = m[3 * step] + m[4 * step], difference2 = m[3 * step] - m[4 * step];
  m[0] = m0 + sum + sum2;
  m[step] = fma((float16)(B1), difference2, (float16)(A1) * difference);
  m[2 * step] = fma((float16)(B2), sum2, (float16)(A2) * sum);
  m[3 * step] = fma((float16)(B3), difference2, fma((float16)(A3), difference, m5));
}

// Work size  (tiles of the chunk, blocks of channels)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void winograd_input(__global const float *restrict input, __global float *restrict transformed,
                             const winograd_arguments a) {
  const int t = (int)get_global_id(0);
  const int cb = (int)get_global_id(1);
  if (t >= a.tiles) return;
  const tensor x = a.conv.x;
  const tile at = tile_at(a, t);
  const int blocks = (x.channels + LANES - 1) / LANES;
  float16 d[36];
  for (int r = 0; r < 6; ++r) {
    const int i = at.p + r - a.conv.pad_y;
    const int is_row = i >= 0 && i < x.height;
    __global const float *row = input + ((cb * x.capacity + at.n) * x.height + (is_row ? i : 0)) * x.width * LANES;
    for (int s = 0; s < 6; ++s) {
      const int j = at.q + s - a.conv.pad_x;
      d[r * 6 + s] = is_row && j >= 0 && j < x.width ? vload16(j, row) : (float16)(0.0f);
    }
    transform_input(d + r * 6, 1);
  }
  for (int s = 0; s < 6; ++s) {
    transform_input(d + s, 6);
    for (int r = 0; r < 6; ++r) vstore16(d[r * 6 + s], ((r * 6 + s) * blocks + cb) * a.chunk + t, transformed);
  }
}

// Tiles behind the last one of a run are multiplied too: nobody reads them.
// Work size  (blocks of filters / NB, tiles of the chunk / UW, 36)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void winograd_multiply(__global const float *restrict transformed, __global const float *restrict filters,
                                __global float *restrict products, const winograd_arguments a) {
  const int k0 = (int)get_global_id(0) * NB;
  const int t0 = (int)get_global_id(1) * UW;
  const int place = (int)get_global_id(2);
  if (t0 >= a.tiles) return;
  const int in_blocks = (a.conv.x.channels + LANES - 1) / LANES;
  const int out_blocks = (a.conv.y.channels + LANES - 1) / LANES;
  __global const float *v = transformed + (place * in_blocks * a.chunk + t0) * LANES;

  float16 sum[UW][NB];
  __global const float *w[NB];
#pragma unroll
  for (int b = 0; b < NB; ++b) {
    w[b] = filters + (place * out_blocks + min(k0 + b, out_blocks - 1)) * in_blocks * LANES * LANES;
#pragma unroll
    for (int u = 0; u < UW; ++u) sum[u][b] = (float16)(0.0f);
  }
  for (int block = 0; block < in_blocks; ++block) {
    const int channels = block_channels(a.conv.x.channels, block);
    for (int c = 0; c < channels; c += 4) {
#pragma unroll
      for (int d = 0; d < 4; ++d) {
        float16 weight[NB];
#pragma unroll
        for (int b = 0; b < NB; ++b) weight[b] = vload16(c + d, w[b]);
#pragma unroll
        for (int u = 0; u < UW; ++u)
#pragma unroll
          for (int b = 0; b < NB; ++b) sum[u][b] = fma((float16)(v[u * LANES + c + d]), weight[b], sum[u][b]);
      }
    }
    v += a.chunk * LANES;
#pragma unroll
    for (int b = 0; b < NB; ++b) w[b] += LANES * LANES;
  }
#pragma unroll
  for (int b = 0; b < NB; ++b) {
    __global float *m = products + ((place * out_blocks + k0 + b) * a.chunk + t0) * LANES;
    if (k0 + b < out_blocks) {
#pragma unroll
      for (int u = 0; u < UW; ++u) vstore16(sum[u][b], u, m);
    }
  }
}

// Work size  (tiles of the chunk, blocks of filters)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void winograd_output(__global const float *restrict products, __global const float *restrict bias,
                              __global const float *restrict residual, __global float *restrict output,
                              const winograd_arguments a) {
  const int t = (int)get_global_id(0);
  const int k = (int)get_global_id(1);
  if (t >= a.tiles) return;
  const tensor y = a.conv.y;
  const tile at = tile_at(a, t);
  const int blocks = (y.channels + LANES - 1) / LANES;
  float16 m[36];
  for (int s = 0; s < 6; ++s) {
    for (int r = 0; r < 6; ++r) m[r * 6 + s] = vload16(((r * 6 + s) * blocks + k) * a.chunk + t, products);
    transform_output(m + s, 6);
  }
  for (int r = 0; r < min(4, y.height - at.p); ++r) {
    transform_output(m + r * 6, 1);
    const int pixel = (at.n * y.height + at.p + r) * y.width + at.q;
    store_pixels(bias, residual, output, a.conv, m + r * 6, k, pixel, min(4, y.width - at.q));
  }
}
