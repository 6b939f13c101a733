// conv2d_winograd: y = A^T [ sum over c of (B^T x[c] B) * (G w[k,c] G^T) ] A for each tile of 4x4 outputs and its 6x6 inputs
// then bias, residual and activation as conv2d.  3x3 filters, stride 1, one group, blocked layout; * is element by element.
// F(4x4, 3x3); the points, the transforms and the order of the tiles  common/winograd.clh
//
// The tiles of the batch are worked on in chunks, three kernels a chunk:
//   winograd_input      V[36][C/16][chunk][16] = B^T x B
//   winograd_multiply   M[36][K/16][chunk][16] = V * U, a matrix product for each of the 36 places
//   winograd_output     y = A^T M A + bias + residual
// Few channels: winograd_fused takes a few tiles at a time through all three, whose V and M stay in the cache next to a core.
// filters U: [36][K/16][C/16][16 in][16 out], see layout/pack.cl   bias: K rounded up to 16
//
// Algorithm winograd4: c in order. A row's results depend on neither the batch nor the chunk. What is not finite spreads
// over its tile, and NaN comes of infinity. Work-groups of one.
#define VECTOR float16
#include "common/winograd.clh"

#ifndef UW         // tiles per work-item of winograd_multiply; chunks are multiples of it
#define UW 6
#endif
#ifndef NB         // blocks of 16 filters per work-item of winograd_multiply
#define NB 1
#endif

// Without restrict: an inlined function that states it is not simulated by Oclgrind 21.10.

// V from the transformed columns of a tile; `plane` is the distance between places.
__attribute__((always_inline))
void store_places(float16 columns[6][6], __global float *transformed, const int plane, const int rows, const int width) {
#pragma unroll 1
  for (int r = 0; r < 6; ++r) {
    if (!has_point(rows, r)) continue;
    float16 v[6];
    transform_input(columns[0][r], columns[1][r], columns[2][r], columns[3][r], columns[4][r], columns[5][r], width, v, 1);
#pragma unroll
    for (int s = 0; s < 6; ++s)
      if (has_point(width, s)) store16(v[s], (r * 6 + s) * plane, transformed);
  }
}

// V of a tile and a block of channels.
__attribute__((always_inline))
void input_tile(__global const float *input, __global float *transformed, const conv2d_arguments conv,
                const winograd_tile at, const int cb, const int plane) {
  const tensor x = conv.x;
  const int i0 = at.p - conv.pad_y, j0 = at.q - conv.pad_x;
  const int inside = IS_WHOLE(at) && i0 >= 0 && j0 >= 0 && i0 + 6 <= x.height && j0 + 6 <= x.width;
  const int row = x.width * LANES;
  __global const float *corner = input + (((cb * x.capacity + at.n) * x.height + i0) * x.width + j0) * LANES;
  float16 columns[6][6];
  if (inside) {
#pragma unroll 1
    for (int s = 0; s < 6; ++s) {
      __global const float *d = corner + s * LANES;
      transform_input(vload16(0, d), vload16(0, d + row), vload16(0, d + 2 * row), vload16(0, d + 3 * row),
                      vload16(0, d + 4 * row), vload16(0, d + 5 * row), 4, columns[s], 1);
    }
  } else {
#pragma unroll 1
    for (int s = 0; s < at.width + 2; ++s) {
      float16 d[6];
      const int is_column = j0 + s >= 0 && j0 + s < x.width;
      for (int r = 0; r < 6; ++r) {
        const int is_pixel = is_column && r < at.rows + 2 && i0 + r >= 0 && i0 + r < x.height;
        d[r] = is_pixel ? vload16(s, corner + r * row) : (float16)(0.0f);
      }
      transform_input(d[0], d[1], d[2], d[3], d[4], d[5], at.rows, columns[s], 1);
    }
  }
  if (IS_WHOLE(at)) store_places(columns, transformed, plane, 4, 4);
  else store_places(columns, transformed, plane, at.rows, at.width);
}

// M of UW tiles and NB blocks of filters from k0 on, at one place. `v` and `m` point to the first tile there, `chunk` is the
// distance between blocks, `ahead` that of tiles to fetch; 0: none.
__attribute__((always_inline))
void multiply_tiles(__global const float *v, __global const float *filters, __global float *m, const conv2d_arguments conv,
                    const int place, const int k0, const int chunk, const int ahead) {
  const int in_blocks = (conv.x.channels + LANES - 1) / LANES;
  const int out_blocks = (conv.y.channels + LANES - 1) / LANES;
  float16 sum[UW][NB];
  __global const float *w[NB];
#pragma unroll
  for (int b = 0; b < NB; ++b) {
    w[b] = filters + (place * out_blocks + min(k0 + b, out_blocks - 1)) * in_blocks * LANES * LANES;
#pragma unroll
    for (int u = 0; u < UW; ++u) sum[u][b] = (float16)(0.0f);
  }
  for (int block = 0; block < in_blocks; ++block) {
    const int channels = block_channels(conv.x.channels, block);
    if (ahead > 0)
      for (int u = 0; u < UW; ++u) FETCH(v + (ahead + u) * LANES);
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
    v += chunk * LANES;
#pragma unroll
    for (int b = 0; b < NB; ++b) w[b] += LANES * LANES;
  }
#pragma unroll
  for (int b = 0; b < NB; ++b)
    if (k0 + b < out_blocks) {
#pragma unroll
      for (int u = 0; u < UW; ++u) store16(sum[u][b], b * chunk + u, m);
    }
}

// The outputs of a tile, `rows` x `width` of them, and of a block of filters from M of its first place.
__attribute__((always_inline))
void output_pixels(__global const float *m, __global const float *bias, __global const float *residual,
                   __global const float *gate, __global float *output, const conv2d_arguments conv, const winograd_tile at,
                   const int k, const int plane, const int rows, const int width) {
  const tensor y = conv.y;
  float16 columns[6][4];
#pragma unroll 1
  for (int s = 0; s < 6; ++s) {
    if (!has_point(width, s)) continue;
    float16 d[6];
#pragma unroll
    for (int r = 0; r < 6; ++r) d[r] = has_point(rows, r) ? vload16((r * 6 + s) * plane, m) : (float16)(0.0f);
    transform_output(d[0], d[1], d[2], d[3], d[4], d[5], rows, columns[s], 1);
  }
#pragma unroll 1
  for (int r = 0; r < rows; ++r) {
    float16 sums[4];
    transform_output(columns[0][r], columns[1][r], columns[2][r], columns[3][r], columns[4][r], columns[5][r], width, sums,
                     1);
    const int pixel = (at.n * y.height + at.p + r) * y.width + at.q;
    store_pixels(bias, residual, gate, output, conv, sums, k, pixel, width);
  }
}

// The same; whole tiles, which are most of them, without branches.
__attribute__((always_inline))
void output_tile(__global const float *m, __global const float *bias, __global const float *residual,
                 __global const float *gate, __global float *output, const conv2d_arguments conv, const winograd_tile at,
                 const int k, const int plane) {
  if (IS_WHOLE(at)) output_pixels(m, bias, residual, gate, output, conv, at, k, plane, 4, 4);
  else output_pixels(m, bias, residual, gate, output, conv, at, k, plane, at.rows, at.width);
}

// Work size  (runs of TILES tiles of the chunk, blocks of channels)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void winograd_input(__global const float *restrict input, __global float *restrict transformed,
                             const winograd_arguments a) {
  const int cb = (int)get_global_id(1);
  const int plane = (a.conv.x.channels + LANES - 1) / LANES * a.chunk;
  for (int t = (int)get_global_id(0) * TILES, end = min(t + TILES, a.tiles); t < end; ++t)
    input_tile(input, transformed + (cb * a.chunk + t) * LANES, a.conv, tile_at(a, t), cb, plane);
}

// Tiles behind the last one of a run are multiplied too: nobody reads them.
// Work size  (blocks of filters / NB, runs of UW tiles of the chunk, 36)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void winograd_multiply(__global const float *restrict transformed, __global const float *restrict filters,
                                __global float *restrict products, const winograd_arguments a) {
  const int k0 = (int)get_global_id(0) * NB;
  const int place = (int)get_global_id(2);
  const int in_blocks = (a.conv.x.channels + LANES - 1) / LANES;
  const int out_blocks = (a.conv.y.channels + LANES - 1) / LANES;
  const int ahead = k0 + NB >= out_blocks ? TILES * UW : 0;
  FOR_TILES(t0, a.tiles)
    if (has_products(a, t0, UW, place))
      multiply_tiles(transformed + (place * in_blocks * a.chunk + t0) * LANES, filters,
                     products + ((place * out_blocks + k0) * a.chunk + t0) * LANES, a.conv, place, k0, a.chunk, ahead);
}

// Work size  (runs of TILES tiles of the chunk, blocks of filters)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void winograd_output(__global const float *restrict products, __global const float *restrict bias,
                              __global const float *restrict residual, __global const float *restrict gate,
                              __global float *restrict output, const winograd_arguments a) {
  const int k = (int)get_global_id(1);
  const int plane = (a.conv.y.channels + LANES - 1) / LANES * a.chunk;
  for (int t = (int)get_global_id(0) * TILES, end = min(t + TILES, a.tiles); t < end; ++t)
    output_tile(products + (k * a.chunk + t) * LANES, bias, residual, gate, output, a.conv, tile_at(a, t), k, plane);
}

// Item i takes the chunks i, i + items, ... through all three steps, with V and M of its own. UW divides the chunk.
// transformed: V, then M, for each item.
// Work size  (items)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void winograd_fused(__global const float *restrict input, __global const float *restrict filters,
                             __global const float *restrict bias, __global const float *restrict residual,
                             __global const float *restrict gate, __global float *restrict output,
                             __global float *restrict transformed, const winograd_arguments a) {
  const int item = (int)get_global_id(0), items = (int)get_global_size(0);
  const int in_blocks = (a.conv.x.channels + LANES - 1) / LANES;
  const int out_blocks = (a.conv.y.channels + LANES - 1) / LANES;
  const int in_plane = in_blocks * a.chunk, out_plane = out_blocks * a.chunk;
  __global float *v = transformed + item * 36 * (in_plane + out_plane) * LANES;
  __global float *m = v + 36 * in_plane * LANES;
  for (int t0 = item * a.chunk; t0 < a.tiles; t0 += items * a.chunk) {
    const int used = min(a.chunk, a.tiles - t0);
    for (int cb = 0; cb < in_blocks; ++cb)
      for (int t = 0; t < used; ++t)
        input_tile(input, v + (cb * a.chunk + t) * LANES, a.conv, tile_at(a, t0 + t), cb, in_plane);
    for (int place = 0; place < 36; ++place)
      for (int k0 = 0; k0 < out_blocks; k0 += NB)
        for (int t = 0; t < used; t += UW)
          if (has_products(a, t0 + t, UW, place))
            multiply_tiles(v + (place * in_plane + t) * LANES, filters,
                           m + (place * out_plane + k0 * a.chunk + t) * LANES, a.conv, place, k0, a.chunk, 0);
    for (int k = 0; k < out_blocks; ++k)
      for (int t = 0; t < used; ++t)
        output_tile(m + (k * a.chunk + t) * LANES, bias, residual, gate, output, a.conv, tile_at(a, t0 + t), k,
                    out_plane);
  }
}
