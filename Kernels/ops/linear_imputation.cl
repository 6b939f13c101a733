// linear_imputation: y = x where mask > 0; elsewhere the u that solve
//   d[q] u[q] - sum of w[s] u[s] over hidden neighbours s of q = sum of w[s] x[s] over the shown ones,
//   w = 2 beside and 1 across a corner, d[q] the sum of w over the neighbours inside; zeros where all is hidden.
//   Whole numbers: rounded weights would not add up to d, and where little is shown that is all that counts
// x: N C H W   mask: N 1 H W, plain   y: N C H W, plain
// Conjugate gradients from zero, preconditioned by d, until |r| < STOP |b| or for `rounds` rounds. Planes have a border
// of zeros and rows of whole vectors. The sum of an image's row is a vector of its own, added up row by row with the
// rounding errors kept, so bits do not depend on how many work-items share an image.
// Variants   definition  a work-item per image
//            group       a work-group per image
// Work size  (images * local)
#include "common/summation.clh"
#include "common/tensor.clh"

#define STOP 1e-7f
#define PLANES 6

typedef struct {
  tensor x, mask, y;
  int rounds;
} linear_imputation_arguments;

float lane_sum(const float16 v) {
  const float8 a = v.lo + v.hi;
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.lo + c.hi;
}

// The weighted sum of the neighbours of 16 pixels.
float16 neighbour_sum(__global const float *v, const int pitch) {
  const float16 beside = (vload16(0, v - 1) + vload16(0, v + 1)) + (vload16(0, v - pitch) + vload16(0, v + pitch));
  const float16 across = (vload16(0, v - pitch - 1) + vload16(0, v - pitch + 1)) +
                         (vload16(0, v + pitch - 1) + vload16(0, v + pitch + 1));
  return 2.0f * beside + across;
}

float sum_of_rows(__global const float *sums, const int rows) {
  total t = total_zero();
  for (int y = 0; y < rows; ++y) t = total_plus(t, sums[y]);
  return total_value(t);
}

// The sum of the weights of the neighbours of a pixel inside the image; 1 where it is alone.
float diagonal_at(const int y, const int x, const int height, const int width) {
  const int rows = (y > 0) + (y < height - 1), columns = (x > 0) + (x < width - 1);
  return (float)max(2 * (rows + columns) + rows * columns, 1);
}

__kernel void linear_imputation(__global const float *restrict input, __global const float *restrict mask,
                                __global float *restrict planes, __global float *restrict output,
                                const linear_imputation_arguments a) {
  const int n = (int)get_group_id(0), item = (int)get_local_id(0), items = (int)get_local_size(0);
  const int height = a.x.height, width = a.x.width;
  const int vectors = (width + 15) / 16, pitch = 16 * vectors + 2, size = pitch * (height + 2);
  __global float *d = planes + (size_t)n * (PLANES * size + 3 * height);   // d of hidden pixels, else 0
  __global float *inverse = d + size;                                      // 1 / d of hidden pixels, else 0
  __global float *p = inverse + size, *q = p + size, *r = q + size, *u = r + size;
  __global float *first = u + size, *second = first + height, *third = second + height;
  for (int k = item; k < size; k += items) {
    const int y = k / pitch - 1, x = k % pitch - 1;
    const int is_inside = y >= 0 && y < height && x >= 0 && x < width;
    const int is_hidden = is_inside && !(mask[tensor_at(a.mask, n, 0, is_inside ? y : 0, is_inside ? x : 0)] > 0.0f);
    d[k] = is_hidden ? diagonal_at(y, x, height, width) : 0.0f;
    inverse[k] = is_hidden ? 1.0f / diagonal_at(y, x, height, width) : 0.0f;
  }
  for (int c = 0; c < a.x.channels; ++c) {
    barrier(CLK_GLOBAL_MEM_FENCE);
    for (int k = item; k < size; k += items) {
      const int y = k / pitch - 1, x = k % pitch - 1;
      const int is_shown = y >= 0 && y < height && x >= 0 && x < width && d[k] == 0.0f;
      p[k] = is_shown ? input[tensor_at(a.x, n, c, y, x)] : 0.0f;
      u[k] = 0.0f;
    }
    barrier(CLK_GLOBAL_MEM_FENCE);
    // r = b, its squares, and those weighted by 1 / d.
    for (int y = item; y < height; y += items) {
      float16 squares = (float16)(0.0f), weighted = (float16)(0.0f);
      for (int v = 0; v < vectors; ++v) {
        const int k = (y + 1) * pitch + 1 + 16 * v;
        const float16 b = vload16(0, d + k) > 0.0f ? neighbour_sum(p + k, pitch) : (float16)(0.0f);
        store16(b, 0, r + k);
        squares += b * b;
        weighted += b * b * vload16(0, inverse + k);
      }
      first[y] = lane_sum(squares);
      second[y] = lane_sum(weighted);
    }
    barrier(CLK_GLOBAL_MEM_FENCE);
    const float end = STOP * STOP * sum_of_rows(first, height);
    float squares = sum_of_rows(first, height), product = sum_of_rows(second, height);
    for (int y = item; y < height; y += items) {
      for (int v = 0; v < vectors; ++v) {
        const int k = (y + 1) * pitch + 1 + 16 * v;
        store16(vload16(0, r + k) * vload16(0, inverse + k), 0, p + k);
      }
    }
    for (int round = 0; round < a.rounds && squares > end; ++round) {
      barrier(CLK_GLOBAL_MEM_FENCE);
      for (int y = item; y < height; y += items) {
        float16 sum = (float16)(0.0f);
        for (int v = 0; v < vectors; ++v) {
          const int k = (y + 1) * pitch + 1 + 16 * v;
          const float16 weight = vload16(0, d + k), own = vload16(0, p + k);
          const float16 value = weight > 0.0f ? weight * own - neighbour_sum(p + k, pitch) : (float16)(0.0f);
          store16(value, 0, q + k);
          sum += own * value;
        }
        third[y] = lane_sum(sum);
      }
      barrier(CLK_GLOBAL_MEM_FENCE);
      const float curvature = sum_of_rows(third, height);
      const float step = curvature > 0.0f ? product / curvature : 0.0f;
      for (int y = item; y < height; y += items) {
        float16 own = (float16)(0.0f), weighted = (float16)(0.0f);
        for (int v = 0; v < vectors; ++v) {
          const int k = (y + 1) * pitch + 1 + 16 * v;
          store16(fma((float16)(step), vload16(0, p + k), vload16(0, u + k)), 0, u + k);
          const float16 rest = fma((float16)(-step), vload16(0, q + k), vload16(0, r + k));
          store16(rest, 0, r + k);
          own += rest * rest;
          weighted += rest * rest * vload16(0, inverse + k);
        }
        first[y] = lane_sum(own);
        second[y] = lane_sum(weighted);
      }
      barrier(CLK_GLOBAL_MEM_FENCE);
      squares = sum_of_rows(first, height);
      const float next = sum_of_rows(second, height);
      const float share = product > 0.0f ? next / product : 0.0f;
      product = next;
      for (int y = item; y < height; y += items) {
        for (int v = 0; v < vectors; ++v) {
          const int k = (y + 1) * pitch + 1 + 16 * v;
          const float16 z = vload16(0, r + k) * vload16(0, inverse + k);
          store16(fma((float16)(share), vload16(0, p + k), z), 0, p + k);
        }
      }
    }
    barrier(CLK_GLOBAL_MEM_FENCE);
    for (int y = item; y < height; y += items) {
      for (int x = 0; x < width; ++x) {
        const int k = (y + 1) * pitch + 1 + x;
        output[tensor_at(a.y, n, c, y, x)] = d[k] > 0.0f ? u[k] : input[tensor_at(a.x, n, c, y, x)];
      }
    }
  }
}
