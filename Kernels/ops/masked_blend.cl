// masked_blend: y[r,c,i,j] = m * x + (1 - m) * b, with m = mask[r,0,i,j], x = images[owner[r],c,i,j],
//   b = baseline[owner[r],c,i,j]; m = 1 gives x and m = 0 gives b, bit for bit; zeros where the owner is no image
// images, baseline: N C H W   mask: R 1 H W   owner: R 1   y: R C H W       layouts may differ
// Variants   masked_blend        one work-item per output    the definition
//            masked_blend_rows  one row of outputs; plain
// Work size of the definition  (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/tensor.clh"

typedef struct {
  tensor images, baseline, mask, y;
} masked_blend_arguments;

float blended(const float m, const float x, const float b) {
  return m == 1.0f ? x : m == 0.0f ? b : fma(m, x, (1.0f - m) * b);
}

__kernel void masked_blend(__global const float *restrict images, __global const float *restrict baseline,
                           __global const float *restrict mask, __global const float *restrict owner,
                           __global float *restrict output, const masked_blend_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  const float row = owner[a.mask.first + w.n];
  float y = 0.0f;
  if (!w.is_tail && row >= 0.0f && row < (float)a.images.rows) {
    const float m = mask[tensor_at(a.mask, w.n, 0, w.y, w.x)];
    const float x = images[tensor_at(a.images, (int)row, w.c, w.y, w.x)];
    const float b = baseline[tensor_at(a.baseline, (int)row, w.c, w.y, w.x)];
    y = blended(m, x, b);
  }
  output[w.at] = y;
}

// Work size  (rows of pixels of y, rows, channels), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void masked_blend_rows(__global const float *restrict images, __global const float *restrict baseline,
                                 __global const float *restrict mask, __global const float *restrict owner,
                                 __global float *restrict output, const masked_blend_arguments a) {
  const int p = (int)get_global_id(0), n = (int)get_global_id(1), c = (int)get_global_id(2);
  const float row = owner[a.mask.first + n];
  const int is_image = row >= 0.0f && row < (float)a.images.rows;
  const int image = is_image ? (int)row : 0;
  __global const float *restrict m = mask + tensor_at(a.mask, n, 0, p, 0);
  __global const float *restrict x = images + tensor_at(a.images, image, c, p, 0);
  __global const float *restrict b = baseline + tensor_at(a.baseline, image, c, p, 0);
  __global float *restrict y = output + tensor_at(a.y, n, c, p, 0);
  for (int q = 0; q < a.y.width; ++q) y[q] = is_image ? blended(m[q], x[q], b[q]) : 0.0f;
}
