// conv2d_data_gradient_stem: the gradient by pictures, which have fewer than 16 channels and are plain. Blocks of 16 channels
// would mostly be zeros: vectors lie along the rows. Formula and shapes: ops/conv2d_data_gradient.cl; dy is blocked.
//
// dy is first copied, channel by channel, between zeros, so that the sums need not look where it ends. The pixels of dx that
// have the same rest when divided by the strides are a phase: they meet the same taps.
// Algorithm stem: sum over k, r, s.   One group.
#include "common/tensor.clh"
#include "common/window.clh"

#define STEM_CHANNELS 3   // of dx, and
#define STEM_VECTORS 3    // vectors of 8 pixels of a phase, that are summed at a time: 9 sums stay in registers

typedef struct {
  tensor dy, dx;
  window window;
  int height, width;   // of a copied channel
  int top, left;       // where dy begins in it
} stem_gradient_arguments;

// The taps along an axis that a phase meets, evenly spaced: tap `first + m * step` sees pixel t + offset + m * offset_step of dy,
// t counting the pixels of the phase.
typedef struct {
  int count, first, step, offset, offset_step;
} phase_taps;

phase_taps taps_of_phase(const int phase, const int taps, const int stride, const int dilation, const int padding) {
  phase_taps p = {0, 0, 1, 0, 0};
  for (int tap = 0; tap < taps; ++tap) {
    const int distance = phase + padding - tap * dilation;
    if (distance % stride != 0) continue;
    if (p.count == 0) {
      p.first = tap;
      p.offset = distance / stride;
    } else if (p.count == 1) {
      p.step = tap - p.first;
      p.offset_step = distance / stride - p.offset;
    }
    ++p.count;
  }
  return p;
}

// Work size  (rows of a copied channel, rows, blocks of channels of dy), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void stem_gradient_pad(__global const float *restrict upstream, __global float *restrict padded,
                                const stem_gradient_arguments a) {
  const int i = (int)get_global_id(0), n = (int)get_global_id(1), block = (int)get_global_id(2);
  const int p = i - a.top;
  const int used = min(LANES, a.dy.channels - block * LANES);
  __global float *row = padded + ((n * a.dy.channels + block * LANES) * a.height + i) * a.width;
  for (int j = 0; j < a.width; ++j) {
    const int q = j - a.left;
    const int inside = p >= 0 && p < a.dy.height && q >= 0 && q < a.dy.width;
    __global const float *pixel = upstream + (inside ? tensor_at(a.dy, n, block * LANES, p, q) : 0);
    for (int lane = 0; lane < used; ++lane) row[lane * a.height * a.width + j] = inside ? pixel[lane] : 0.0f;
  }
}

// weights: K C R S, plain.  dx: plain.
// Work size  (pixels of a phase along the columns, rows), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void conv2d_data_gradient_stem(__global const float *restrict padded, __global const float *restrict weights,
                                        __global float *restrict output, const stem_gradient_arguments a) {
  const int t = (int)get_global_id(0), n = (int)get_global_id(1);
  const int sy = a.window.stride_height, sx = a.window.stride_width;
  const int taps = a.window.kernel_height * a.window.kernel_width;
  const int channels = a.dx.channels, filters = a.dy.channels;
  // Runs of pixels outside, phases inside: dy is read from memory once.
  for (int q0 = 0; q0 * sx < a.dx.width; q0 += STEM_VECTORS * 8)
    for (int phase = 0; phase < sy * sx; ++phase) {
      const int py = phase / sx, px = phase % sx;
      if (t * sy + py >= a.dx.height) continue;
      const phase_taps rows =
          taps_of_phase(py, a.window.kernel_height, sy, a.window.dilation_height, a.window.top);
      const phase_taps columns =
          taps_of_phase(px, a.window.kernel_width, sx, a.window.dilation_width, a.window.left);
      for (int c0 = 0; c0 < channels; c0 += STEM_CHANNELS) {
        float8 sum[STEM_CHANNELS][STEM_VECTORS];
        int at[STEM_CHANNELS];   // a channel behind the last one is the last one again and is not stored
#pragma unroll
        for (int c = 0; c < STEM_CHANNELS; ++c) {
          at[c] = min(c0 + c, channels - 1) * taps;
#pragma unroll
          for (int v = 0; v < STEM_VECTORS; ++v) sum[c][v] = (float8)(0.0f);
        }
        for (int k = 0; k < filters; ++k)
          for (int m = 0; m < rows.count; ++m) {
            __global const float *w = weights + k * channels * taps +
                                      (rows.first + m * rows.step) * a.window.kernel_width + columns.first;
            __global const float *dy =
                padded + ((n * filters + k) * a.height + a.top + t + rows.offset + m * rows.offset_step) * a.width +
                a.left + q0 + columns.offset;
            for (int l = 0; l < columns.count; ++l) {
              float8 pixels[STEM_VECTORS];
#pragma unroll
              for (int v = 0; v < STEM_VECTORS; ++v) pixels[v] = vload8(v, dy);
#pragma unroll
              for (int c = 0; c < STEM_CHANNELS; ++c)
#pragma unroll
                for (int v = 0; v < STEM_VECTORS; ++v) sum[c][v] = fma((float8)(w[at[c]]), pixels[v], sum[c][v]);
              w += columns.step;
              dy += columns.offset_step;
            }
          }
        float lanes[STEM_CHANNELS][STEM_VECTORS * 8];
#pragma unroll
        for (int c = 0; c < STEM_CHANNELS; ++c)
#pragma unroll
          for (int v = 0; v < STEM_VECTORS; ++v) vstore8(sum[c][v], v, lanes[c]);
        const int used = min(STEM_VECTORS * 8, (a.dx.width - px + sx - 1) / sx - q0);
        for (int c = 0; c < min(STEM_CHANNELS, channels - c0); ++c) {
          __global float *row = output + tensor_at(a.dx, n, c0 + c, t * sy + py, px);
          for (int q = 0; q < used; ++q) row[(q0 + q) * sx] = lanes[c][q];
        }
      }
    }
}
