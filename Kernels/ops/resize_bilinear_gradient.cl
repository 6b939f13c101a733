// resize_bilinear_gradient: dx[n,c,i,j] = sum over p,q of weight(p, i) * weight(q, j) * dy[n,c,p,q]
//   the sum over the output rows and columns that take from row i and column j: first to last, given by the host
// dy: N C H W   dx: N C h w   rows: H 3   columns: W 3   row_ranges: h 2   column_ranges: w 2       layouts may differ
// Variants   resize_bilinear_gradient  one work-item per output  the definition; never deleted
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of dx)
#include "common/resizing.clh"
#include "common/summation.clh"
#include "common/tensor.clh"

typedef struct {
  tensor dy, dx;
} resize_bilinear_gradient_arguments;

__kernel void resize_bilinear_gradient(__global const float *restrict upstream, __global float *restrict output,
                                       __global const float *restrict rows, __global const float *restrict columns,
                                       __global const float *restrict row_ranges,
                                       __global const float *restrict column_ranges,
                                       const resize_bilinear_gradient_arguments a) {
  if (!walk_inside(a.dx)) return;
  const walk w = walk_element(a.dx);
  total t = total_zero();
  if (!w.is_tail) {
    const int p_last = (int)row_ranges[2 * w.y + 1], q_last = (int)column_ranges[2 * w.x + 1];
    for (int p = (int)row_ranges[2 * w.y]; p <= p_last; ++p) {
      float sum = 0.0f;
      for (int q = (int)column_ranges[2 * w.x]; q <= q_last; ++q) {
        sum = fma(resizing_weight(resizing_at(columns, q), w.x), upstream[tensor_at(a.dy, w.n, w.c, p, q)], sum);
      }
      t = total_plus(t, resizing_weight(resizing_at(rows, p), w.y) * sum);
    }
  }
  output[w.at] = total_value(t);
}
