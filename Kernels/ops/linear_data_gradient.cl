// linear_data_gradient: dx[n,c] = sum over k of dy[n,k] * w[k,c]
// dy: N K   w: K C   dx: N C       float32, plain
// Variants   linear_data_gradient  one work-item per output      the definition; never deleted
// Work size  (C, rounded up; N; 1): dx is seen as N 1 1 C
#include "common/tensor.clh"

typedef struct {
  tensor dx;
  int outputs;   // K
} linear_data_gradient_arguments;

__kernel void linear_data_gradient(__global const float *restrict upstream, __global const float *restrict weights,
                                   __global float *restrict output, const linear_data_gradient_arguments a) {
  if (!walk_inside(a.dx)) return;
  const walk w = walk_element(a.dx);
  float sum = 0.0f;
  for (int k = 0; k < a.outputs; ++k) {
    sum = fma(upstream[w.n * a.outputs + k], weights[k * a.dx.width + w.x], sum);
  }
  output[w.at] = sum;
}
