// linear: y[n,k] = activation(b[k] + sum over c of x[n,c] * w[k,c] + residual[n,k])
// x: N C   w: K C   b: K or none   residual, y: N K       float32, plain
// Variants   linear         one work-item per output               the definition; never deleted
//            linear_packed  RUNS x ROWS rows x 16 outputs, vectors of 16    one pass over the weights serves all of these rows
#include "common/activations.clh"
#include "common/tensor.clh"

#ifndef ROWS   // rows of x at a time: 6 for 8-float vectors, 14 for 16-float vectors
#define ROWS 6
#endif
#ifndef RUNS   // so many times as many per work-item
#define RUNS 6
#endif

typedef struct {
  tensor y;
  int inputs;     // C
  int has_bias;
  epilogue epilogue;
} linear_arguments;

// Work size  (K, rounded up; N; 1): y is seen as N 1 1 K
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

// Inputs at a time: their weights stay in the cache next to a core while one run of rows after the other reads them.
#define INPUTS 512

// weights: [K/16][C][16], zero where there is none;  bias: K rounded up to 16
// Work size  (K/16, N/(ROWS*RUNS) rounded up), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void linear_packed(__global const float *restrict input, __global const float *restrict weights,
                            __global const float *restrict bias, __global const float *residual,
                            __global float *output, const linear_arguments a) {
  const int block = (int)get_global_id(0);
  const int first = (int)get_global_id(1) * ROWS * RUNS;
  const int rows = min(ROWS * RUNS, a.y.rows - first);
  const int outputs = a.y.channels * a.y.height * a.y.width;
  __global const float *w = weights + block * a.inputs * LANES;
  float16 sums[ROWS * RUNS];
  for (int n = 0; n < rows; ++n) sums[n] = a.has_bias ? vload16(block, bias) : (float16)(0.0f);
  for (int c0 = 0; c0 < a.inputs; c0 += INPUTS) {
    const int end = min(c0 + INPUTS, a.inputs);
    for (int n0 = 0; n0 < rows; n0 += ROWS) {
      int at[ROWS];   // a row behind the last one reads the last one again and is not kept
      float16 sum[ROWS];
#pragma unroll
      for (int u = 0; u < ROWS; ++u) {
        at[u] = (first + min(n0 + u, rows - 1)) * a.inputs;
        sum[u] = sums[min(n0 + u, rows - 1)];
      }
      for (int c = c0; c < end; ++c) {
        const float16 weight = vload16(c, w);
#pragma unroll
        for (int u = 0; u < ROWS; ++u) sum[u] = fma((float16)(input[at[u] + c]), weight, sum[u]);
      }
#pragma unroll
      for (int u = 0; u < ROWS; ++u)
        if (n0 + u < rows) sums[n0 + u] = sum[u];
    }
  }
  float lanes[LANES];
  for (int n = 0; n < rows; ++n) {
    vstore16(sums[n], 0, lanes);
    for (int lane = 0; lane < min(LANES, outputs - block * LANES); ++lane) {
      const int place = (first + n) * outputs + block * LANES + lane;
      const float value = a.epilogue.has_residual ? lanes[lane] + residual[place] : lanes[lane];
      output[place] = epilogue_activation(value, a.epilogue);
    }
  }
}
