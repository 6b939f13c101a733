// conv2d_data_gradient: dx[n,c,i,j] = sum over k,r,s of dy[n,k,p,q] * w[k,c,r,s]
//   where p * stride + r * dilation - padding = i, and so for q, s, j; k over the filters of the group of c
// dy: N K P Q   w: K C/g R S   dx: N C H W
// Variants   conv2d_data_gradient  one work-item per output      the definition; never deleted
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of dx)
#include "common/tensor.clh"
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
