// conv2d_weight_gradient: dw[k,c,r,s] = sum over n,p,q of dy[n,k,p,q] * x[n, c, p*stride + r*dilation - padding, ...]
//   c counts from the first channel of the group of k; x is zero outside the image
// x: N C H W   dy: N K P Q   dw: K C/g R S
// Variants   conv2d_weight_gradient  one work-item per output    the definition; never deleted
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of dw)
#include "common/summation.clh"
#include "common/tensor.clh"
#include "common/window.clh"

typedef struct {
  tensor x, dy, dw;
  window window;
} conv2d_weight_gradient_arguments;

__kernel void conv2d_weight_gradient(__global const float *restrict input, __global const float *restrict upstream,
                                     __global float *restrict output, const conv2d_weight_gradient_arguments a) {
  if (!walk_inside(a.dw)) return;
  const walk w = walk_element(a.dw);
  if (w.is_tail) {
    output[w.at] = 0.0f;
    return;
  }
  const int k = w.n;
  const int filters = a.dw.rows / (a.x.channels / a.dw.channels);
  const int c = k / filters * a.dw.channels + w.c;
  total t = total_zero();
  for (int n = 0; n < a.dy.rows; ++n) {
    for (int p = 0; p < a.dy.height; ++p) {
      const int i = window_row(a.window, p, w.y);
      if (i < 0 || i >= a.x.height) continue;
      float sum = 0.0f;
      for (int q = 0; q < a.dy.width; ++q) {
        const int j = window_column(a.window, q, w.x);
        if (j < 0 || j >= a.x.width) continue;
        sum = fma(upstream[tensor_at(a.dy, n, k, p, q)], input[tensor_at(a.x, n, c, i, j)], sum);
      }
      t = total_plus(t, sum);
    }
  }
  output[w.at] = total_value(t);
}
