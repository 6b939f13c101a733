// gaussian_blur: y = x blurred along the rows, then along the columns, each channel alone
//   y[i] = sum over t of weight[t] * x[mirror(i + t - radius)], with the weights made by the host
// x, y: N C H W   weights: size       layouts may differ
// Variants   gaussian_blur  one work-item per output   the definition: one launch for each axis
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/blurring.clh"

__kernel void gaussian_blur(__global const float *restrict input, __global float *restrict output,
                            __global const float *restrict weights, const blurring_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  float sum = 0.0f;
  if (!w.is_tail) {
    const int radius = a.size / 2;
    for (int t = 0; t < a.size; ++t) {
      const int y = a.is_rows ? w.y : blurring_mirror(w.y + t - radius, a.x.height);
      const int x = a.is_rows ? blurring_mirror(w.x + t - radius, a.x.width) : w.x;
      sum = fma(weights[t], input[tensor_at(a.x, w.n, w.c, y, x)], sum);
    }
  }
  output[w.at] = sum;
}
