// linear: y[n,k] = activation(b[k] + sum over c of x[n,c] * w[k,c] + residual[n,k])
// x: N C   w: K C   b: K or none   residual, y: N K       float32, plain
// Variants   linear  one work-item per output          the definition; never deleted
// Work size  (K, rounded up; N; 1): y is seen as N 1 1 K
#include "common/activations.clh"
#include "common/tensor.clh"

typedef struct {
  tensor y;
  int inputs;     // C
  int has_bias;
  epilogue epilogue;
} linear_arguments;

__kernel void linear(__global const float *restrict input, __global const float *restrict weights,
                     __global const float *restrict bias, __global const float *residual, __global float *output,
                     const linear_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  const int k = w.x;
  float sum = a.has_bias ? bias[k] : 0.0f;
  for (int c = 0; c < a.inputs; ++c) sum = fma(input[w.n * a.inputs + c], weights[k * a.inputs + c], sum);
  if (a.epilogue.has_residual) sum += residual[w.at];
  output[w.at] = epilogue_activation(sum, a.epilogue);
}
