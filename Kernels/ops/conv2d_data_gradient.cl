// conv2d_data_gradient: dx[n,c,i,j] = sum over k,r,s of dy[n,k,p,q] * w[k,c,r,s]
//   where p * stride + r * dilation - padding = i, and so for q, s, j; k over the filters of the group of c
// and then the end of common/epilogue.clh: plus a residual, an activation, and 0 where a gate is closed
// dy: N K P Q   w: K C/g R S   dx: N C H W
// Variants   conv2d_data_gradient         one work-item per output      the definition; never deleted
//            conv2d_data_gradient_direct  UW pixels x NB blocks of 16 channels; blocked
//            of stride 1: the rungs of conv2d, with channels and filters exchanged
// Algorithms  direct: sum over r, s, k
// Work size of the definition  (elements of a channel or block, rounded up; rows; channels or blocks of dx)
#include "common/convolution.clh"
#include "common/window.clh"

typedef struct {
  tensor dy, w, dx;
  window window;
} conv2d_data_gradient_arguments;

__kernel void conv2d_data_gradient(__global const float *restrict upstream, __global const float *restrict weights,
                                   __global float *restrict output, const conv2d_data_gradient_arguments a) {
  if (!walk_inside(a.dx)) return;
  const walk w = walk_element(a.dx);
  if (w.is_tail) {
    output[w.at] = 0.0f;
    return;
  }
  const int group = w.c / a.w.channels;
  const int filters = a.w.rows / (a.dx.channels / a.w.channels);
  float sum = 0.0f;
  for (int k = group * filters; k < (group + 1) * filters; ++k) {
    for (int r = 0; r < a.window.kernel_height; ++r) {
      const int p = window_over_row(a.window, w.y, r, a.dy.height);
      if (p < 0) continue;
      for (int s = 0; s < a.window.kernel_width; ++s) {
        const int q = window_over_column(a.window, w.x, s, a.dy.width);
        if (q < 0) continue;
        sum = fma(upstream[tensor_at(a.dy, w.n, k, p, q)],
                  weights[tensor_at(a.w, k, w.c - group * a.w.channels, r, s)], sum);
      }
    }
  }
  output[w.at] = sum;
}

#ifndef UW   // pixels per work-item
#define UW 6
#endif
#ifndef NB   // blocks of 16 channels per work-item
#define NB 1
#endif

// The pixels of dx that have the same rest when divided by the strides: of a tap all or none of them see an output.
typedef struct {
  conv2d_arguments conv;   // x is dy, y is dx; the window is that of the forward pass
  int rest_y, rest_x;
  int height, width;       // how many such pixels an image has
} data_gradient_arguments;

// The taps along an axis that see outputs from the pixels of a rest: every `step`-th one from the first on, the first `offset`
// outputs behind the pixel's own place, each of the next `distance` outputs before the one before it.
typedef struct {
  int first, step, offset, distance;
} seen_taps;

// `reach` is the rest plus the padding. Divisions take as long as the products of a tap, so this is done once for all tiles.
seen_taps taps_from(const int reach, const int stride, const int dilation, const int count) {
  seen_taps taps = {0, 1, 0, 0};
  while (taps.first < count && (reach - taps.first * dilation) % stride != 0) ++taps.first;
  while (taps.step * dilation % stride != 0) ++taps.step;
  taps.offset = (reach - taps.first * dilation) / stride;
  taps.distance = taps.step * dilation / stride;
  return taps;
}

// filters: [C/16][R*S][packed_blocks][16 k][16 c], and 16 zeros behind the last.  NB = 1 where there are groups.
// Work size  (blocks of channels / NB, runs of tiles of UW pixels of the whole batch), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void conv2d_data_gradient_direct(__global const float *restrict input, __global const float *restrict filters,
                                          __global const float *restrict residual, __global const float *restrict gate,
                                          __global float *restrict output, const data_gradient_arguments d) {
  const conv2d_arguments a = d.conv;
  const int k0 = (int)get_global_id(0) * NB;
  const int pixels = a.y.rows * d.height * d.width;
  const int out_blocks = (a.y.channels + LANES - 1) / LANES;
  const int packed = a.kernel_height * a.kernel_width * a.packed_blocks * LANES * LANES;
  const int first = first_block(k0, a.filters, a.channels);
  const int end = end_block(k0, a.y.channels, a.filters, a.channels);
  const int plane = a.x.capacity * a.x.height * a.x.width * LANES;
  __global const float *zeros = filters + out_blocks * packed;
  const seen_taps rows = taps_from(d.rest_y + a.pad_y, a.stride_y, a.dilation_y, a.kernel_height);
  const seen_taps columns = taps_from(d.rest_x + a.pad_x, a.stride_x, a.dilation_x, a.kernel_width);
  FOR_TILES(t0, pixels) {
    const int used = min(UW, pixels - t0);

    // A tile behind the last pixel computes that pixel again and does not store.
    int top[UW], left[UW], at[UW], place[UW];
    batch_pixel pixel_u = pixel_at(t0, d.height, d.width);
#pragma unroll
    for (int u = 0; u < UW; ++u) {
      top[u] = pixel_u.p;
      left[u] = pixel_u.q;
      at[u] = (pixel_u.n * a.x.height + top[u]) * a.x.width + left[u];
      place[u] = (pixel_u.n * a.y.height + d.rest_y + top[u] * a.stride_y) * a.y.width + d.rest_x + left[u] * a.stride_x;
      if (u + 1 < used) pixel_u = pixel_behind(pixel_u, d.height, d.width);
    }
    float16 sum[UW][NB];
#pragma unroll
    for (int u = 0; u < UW; ++u)
#pragma unroll
      for (int b = 0; b < NB; ++b) sum[u][b] = (float16)(0.0f);

    for (int r = rows.first, i = rows.offset; r < a.kernel_height; r += rows.step, i -= rows.distance)
      for (int s = columns.first, j = columns.offset; s < a.kernel_width; s += columns.step, j -= columns.distance) {
        AT_TAP(i, j, r * a.kernel_width + s)
        for (int block = first; block < end; ++block) {
          const int channels = block_channels(a.x.channels, block);
          NEXT_BLOCK(x)
          MULTIPLY_BLOCK(sum, x, w, channels)
#pragma unroll
          for (int b = 0; b < NB; ++b) w[b] += LANES * LANES;
        }
      }
    float16 sums[UW * NB];
    int places[UW];
#pragma unroll
    for (int u = 0; u < UW; ++u) {
      places[u] = place[u];
#pragma unroll
      for (int b = 0; b < NB; ++b) sums[b * UW + u] = sum[u][b];
    }
    for (int b = 0; b < min(NB, out_blocks - k0); ++b)
      for (int u = 0; u < used; ++u)
        store_pixels(filters, residual, gate, output, a, sums + b * UW + u, k0 + b, places[u], 1);
  }
}
