// weighted_channel_sum: y[n,0,i,j] = sum over c of weights[n,c] * a[n,c,i,j]
// a: N C H W, or 1 C H W for all rows   weights: N C 1 1   y: N 1 H W       layouts may differ
// Variants   weighted_channel_sum  one work-item per output      the definition; never deleted
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/summation.clh"
#include "common/tensor.clh"

typedef struct {
  tensor a, weights, y;
} weighted_channel_sum_arguments;

__kernel void weighted_channel_sum(__global const float *restrict activations, __global const float *restrict weights,
                                   __global float *restrict output, const weighted_channel_sum_arguments s) {
  if (!walk_inside(s.y)) return;
  const walk w = walk_element(s.y);
  total t = total_zero();
  if (!w.is_tail) {
    const int n = min(w.n, s.a.rows - 1);
    for (int c = 0; c < s.a.channels; ++c) {
      t = total_plus(t, weights[tensor_at(s.weights, w.n, c, 0, 0)] * activations[tensor_at(s.a, n, c, w.y, w.x)]);
    }
  }
  output[w.at] = total_value(t);
}
