// conv2d_weight_gradient_gemm: the gradient of conv2d by its filters as products of matrices whose terms are the pixels of
// the batch. Formula and shapes: ops/conv2d_weight_gradient.cl.
//
// The pixels are cut into `splits` shares; every group of work-items makes the partial sums of a tile of channels and
// filters, for one tap and one share. A second launch adds the shares in order: no atomics, equal bits on every run.
//   weight_gradient_share   partial[splits][R*S][K/16][C/16][16 c][16 k]
//   weight_gradient_sum     dw = sum over splits of partial
//
// Algorithm gemm: the number of splits depends on the shapes of an image and the filters, the size of a share on the
// batch, over which dw sums.   One group, blocked x and dy.   Tiles  common/product.clh, its pixels are channels here
#include "common/summation.clh"
#include "common/tensor.clh"
#include "common/window.clh"
#include "common/quads.clh"
#include "common/product.clh"

typedef struct {
  tensor x, dy, dw;
  window window;
  int splits, share;   // the pixels of a share
} weight_gradient_arguments;

#define CHANNEL_LOADS LOADS(TP * KT / 4)
#define FILTER_LOADS LOADS(TK * KT / 4)

// Work size  ((tiles of TK filters x tiles of TP channels) * ITEMS, taps * splits), groups of ITEMS
__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void weight_gradient_share(__global const float *restrict input, __global const float *restrict upstream,
                                    __global float *restrict partial, const weight_gradient_arguments a) {
  __local float4 channels[2][KT * PIXEL_QUADS];
  __local float4 filters[2][KT * WEIGHT_QUADS];
  const int item = (int)get_local_id(0);
  const int k0 = FILTER_TILE(a.dy.channels) * (TK / LANES);
  const int c0 = PIXEL_TILE(a.dy.channels) * TP;
  const int taps = a.window.kernel_height * a.window.kernel_width;
  const int split = (int)get_group_id(1) / taps;
  const int tap = (int)get_group_id(1) - split * taps;
  const int r = tap / a.window.kernel_width, s = tap - r * a.window.kernel_width;
  const int in_blocks = (a.x.channels + LANES - 1) / LANES;
  const int out_blocks = (a.dy.channels + LANES - 1) / LANES;
  const int size = a.dy.height * a.dy.width;
  const int from = split * a.share;
  const int terms = min(a.share, a.dy.rows * size - from);   // less than 1 in a share that is empty
  const int slices = max((terms + KT - 1) / KT, 0);

  float4 sum[MP][MK / 4];
#pragma unroll
  for (int i = 0; i < MP; ++i)
#pragma unroll
    for (int j = 0; j < MK / 4; ++j) sum[i][j] = (float4)(0.0f);

  for (int slice = 0; slice <= slices; ++slice) {
    float4 next_channels[CHANNEL_LOADS], next_filters[FILTER_LOADS];
    if (slice < slices) {
#pragma unroll
      for (int l = 0; l < CHANNEL_LOADS; ++l) {
        const int at = min(item + l * ITEMS, TP * KT / 4 - 1);
        const int c = c0 + at % (TP / 4) * 4;
        const int t = from + min(slice * KT + at / (TP / 4), terms - 1);
        const int n = t / size;
        const int p = (t - n * size) / a.dy.width;
        const int i = window_row(a.window, p, r);
        const int j = window_column(a.window, t - n * size - p * a.dy.width, s);
        const int is_inside = c < in_blocks * LANES && (uint)i < (uint)a.x.height && (uint)j < (uint)a.x.width;
        const int place = ((c / LANES * a.x.capacity + n) * a.x.height + i) * a.x.width + j;
        next_channels[l] = is_inside ? quad_at(input, place * LANES + c % LANES) : (float4)(0.0f);
      }
#pragma unroll
      for (int l = 0; l < FILTER_LOADS; ++l) {
        const int at = min(item + l * ITEMS, TK * KT / 4 - 1);
        const int k = at % WEIGHT_QUADS * 4;
        const int t = from + min(slice * KT + at / WEIGHT_QUADS, terms - 1);
        const int block = min(k0 + k / LANES, out_blocks - 1);
        next_filters[l] = quad_at(upstream, (block * a.dy.capacity * size + t) * LANES + k % LANES);
      }
    }
    if (slice > 0) {
      PRODUCT_SLICE(sum, channels[(slice + 1) & 1], filters[(slice + 1) & 1], item, min(KT, terms - (slice - 1) * KT))
    }
    if (slice < slices) {
#pragma unroll
      for (int l = 0; l < CHANNEL_LOADS; ++l) {
        const int at = item + l * ITEMS;
        if (at < TP * KT / 4) channels[slice & 1][at / (TP / 4) * PIXEL_QUADS + at % (TP / 4)] = next_channels[l];
      }
#pragma unroll
      for (int l = 0; l < FILTER_LOADS; ++l)
        if (item + l * ITEMS < TK * KT / 4) filters[slice & 1][item + l * ITEMS] = next_filters[l];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

#pragma unroll
  for (int i = 0; i < MP; ++i) {
    const int c = c0 + PIXEL_OF(item, i / 4) + i % 4;
#pragma unroll
    for (int j = 0; j < MK / 4; ++j) {
      const int k = FILTER_OF(item, j);
      const int block = k0 + k / LANES;
      if (c < in_blocks * LANES && block < out_blocks)
        quad_store(partial,
                   ((((split * taps + tap) * out_blocks + block) * in_blocks + c / LANES) * LANES + c % LANES) * LANES +
                       k % LANES,
                   sum[i][j]);
    }
  }
}

// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of dw)
__kernel void weight_gradient_sum(__global const float *restrict partial, __global float *restrict output,
                                  const weight_gradient_arguments a) {
  if (!walk_inside(a.dw)) return;
  const walk w = walk_element(a.dw);
  const int taps = a.window.kernel_height * a.window.kernel_width;
  const int in_blocks = (a.x.channels + LANES - 1) / LANES;
  const int out_blocks = (a.dy.channels + LANES - 1) / LANES;
  const int tap = w.y * a.window.kernel_width + w.x;
  total t = total_zero();
  for (int split = 0; split < a.splits && !w.is_tail; ++split) {
    const int matrix = ((split * taps + tap) * out_blocks + w.n / LANES) * in_blocks + w.c / LANES;
    t = total_plus(t, partial[(matrix * LANES + w.c % LANES) * LANES + w.n % LANES]);
  }
  output[w.at] = total_value(t);
}
