// linear_weight_gradient: dw[k,c] = sum over n of dy[n,k] * x[n,c]
// x: N C   dy: N K   dw: K C       float32, plain
// Variants   linear_weight_gradient  one work-item per output    the definition; never deleted
// Work size  (C, rounded up; K; 1): dw is seen as K 1 1 C
#include "common/tensor.clh"

typedef struct {
  tensor dw;
  int rows;   // N
} linear_weight_gradient_arguments;

__kernel void linear_weight_gradient(__global const float *restrict input, __global const float *restrict upstream,
                                     __global float *restrict output, const linear_weight_gradient_arguments a) {
  if (!walk_inside(a.dw)) return;
  const walk w = walk_element(a.dw);
  float sum = 0.0f;
  for (int n = 0; n < a.rows; ++n) {
    sum = fma(upstream[n * a.dw.rows + w.n], input[n * a.dw.width + w.x], sum);
  }
  output[w.at] = sum;
}
