// gaussian_blur_gradient: the adjoint of gaussian_blur, first along the columns, then along the rows
//   dx[j] = sum over the places u that mirror(u) takes to j, and over t, of weight[t] * dy[u - t + radius]
// dy, dx: N C H W   weights: size       layouts may differ
// Variants   gaussian_blur_gradient  one work-item per output    the definition: one launch for each axis
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of dx)
#include "common/blurring.clh"

__kernel void gaussian_blur_gradient(__global const float *restrict upstream, __global float *restrict output,
                                     __global const float *restrict weights, const blurring_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  float sum = 0.0f;
  if (!w.is_tail) {
    const int radius = a.size / 2;
    const int length = a.is_rows ? a.x.width : a.x.height;
    const int j = a.is_rows ? w.x : w.y;
    for (int image = 0; image < 3; ++image) {   // the place itself, then its mirror images before and behind the line
      const int u = image == 0 ? j : image == 1 ? -j : 2 * (length - 1) - j;
      if (image > 0 && (u == j || u < -radius || u >= length + radius)) continue;
      for (int t = 0; t < a.size; ++t) {
        const int i = u - t + radius;
        if (i < 0 || i >= length) continue;
        const int at = a.is_rows ? tensor_at(a.x, w.n, w.c, w.y, i) : tensor_at(a.x, w.n, w.c, i, w.x);
        sum = fma(weights[t], upstream[at], sum);
      }
    }
  }
  output[w.at] = sum;
}
