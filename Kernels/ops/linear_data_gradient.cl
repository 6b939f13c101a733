// linear_data_gradient: dx[n,c] = sum over k of dy[n,k] * w[k,c]
// dy: N K   w: K C   dx: N C       float32, plain
// Variants   linear_data_gradient        one work-item per output       the definition; never deleted
//            linear_data_gradient_lanes  up to 6 rows x 16 inputs c     one pass over the weights serves 6 rows
// Work size of the definition  (C, rounded up; N; 1): dx is seen as N 1 1 C
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

#define LINEAR_ROWS 6

// Work size  (C/16 rounded up, N/6 rounded up), groups of one. The last item takes the last 16 inputs: some are computed twice,
// with the same bits. C is 16 or more.
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void linear_data_gradient_lanes(__global const float *restrict upstream, __global const float *restrict weights,
                                         __global float *restrict output, const linear_data_gradient_arguments a) {
  const int inputs = a.dx.width;
  const int c = min((int)get_global_id(0) * 16, inputs - 16);
  const int n0 = (int)get_global_id(1) * LINEAR_ROWS;
  const int used = min(LINEAR_ROWS, a.dx.rows - n0);
  float16 sum[LINEAR_ROWS];
  int at[LINEAR_ROWS];   // a row behind the last one reads the last one again and is not stored
#pragma unroll
  for (int u = 0; u < LINEAR_ROWS; ++u) {
    at[u] = (n0 + min(u, used - 1)) * a.outputs;
    sum[u] = (float16)(0.0f);
  }
  for (int k = 0; k < a.outputs; ++k) {
    const float16 weight = vload16(0, weights + k * inputs + c);
#pragma unroll
    for (int u = 0; u < LINEAR_ROWS; ++u) sum[u] = fma((float16)(upstream[at[u] + k]), weight, sum[u]);
  }
#pragma unroll
  for (int u = 0; u < LINEAR_ROWS; ++u)
    if (u < used) store16(sum[u], 0, output + (n0 + u) * inputs + c);
}
