// linear_gemm: linear as a product of matrices with tiles in local memory. Formula and shapes: ops/linear.cl.
//
// Algorithm in order: b[k], then c in order, as all variants of linear, where splits is 1
//           shares: the inputs are cut into `splits` shares; linear_gemm makes partial[splits][N][K], linear_sum adds them
// Tiles  common/product.clh, its pixels are rows
#include "common/activations.clh"
#include "common/summation.clh"
#include "common/tensor.clh"
#include "common/quads.clh"
#include "common/product.clh"

typedef struct {
  tensor y;
  int inputs;     // C
  int has_bias;
  epilogue epilogue;
} linear_arguments;

typedef struct {
  linear_arguments linear;
  int splits, share;   // the inputs of a share
} linear_gemm_arguments;

#define ROW_LOADS LOADS(TP * KT)
#define WEIGHT_LOADS LOADS(TK * KT / 4)

// weights: [K/16][C][16], zero where there is none;  bias: K rounded up to 16
// output: y, or partial where there are shares
// Work size  ((tiles of TK outputs x tiles of TP rows) * ITEMS, splits), groups of ITEMS
__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
__kernel void linear_gemm(__global const float *restrict input, __global const float *restrict weights,
                          __global const float *restrict bias, __global const float *residual, __global float *output,
                          const linear_gemm_arguments gemm) {
  __local float4 row_tiles[2][KT * PIXEL_QUADS];
  __local float4 weight_tiles[2][KT * WEIGHT_QUADS];
  const linear_arguments a = gemm.linear;
  const int item = (int)get_local_id(0);
  const int k0 = FILTER_TILE(a.y.width) * TK;
  const int n0 = PIXEL_TILE(a.y.width) * TP;
  const int outputs = a.y.width;
  const int blocks = (outputs + LANES - 1) / LANES;
  const int split = (int)get_group_id(1);
  const int from = split * gemm.share;
  const int terms = min(gemm.share, a.inputs - from);
  const int slices = (terms + KT - 1) / KT;

  float4 sum[MP][MK / 4];
#pragma unroll
  for (int j = 0; j < MK / 4; ++j) {
    const int k = k0 + FILTER_OF(item, j);
    const int starts = a.has_bias && gemm.splits == 1 && k < blocks * LANES;
    const float4 offset = starts ? quad_at(bias, k) : (float4)(0.0f);
#pragma unroll
    for (int i = 0; i < MP; ++i) sum[i][j] = offset;
  }
  for (int slice = 0; slice <= slices; ++slice) {
    float next_rows[ROW_LOADS];
    float4 next_weights[WEIGHT_LOADS];
    if (slice < slices) {
#pragma unroll
      for (int l = 0; l < ROW_LOADS; ++l) {
        const int n = min(n0 + (item + l * ITEMS) / KT, a.y.rows - 1);
        const int c = from + min(slice * KT + (item + l * ITEMS) % KT, terms - 1);
        next_rows[l] = input[n * a.inputs + c];
      }
#pragma unroll
      for (int l = 0; l < WEIGHT_LOADS; ++l) {
        const int at = min(item + l * ITEMS, TK * KT / 4 - 1);
        const int k = k0 + at % WEIGHT_QUADS * 4;
        const int c = from + min(slice * KT + at / WEIGHT_QUADS, terms - 1);
        next_weights[l] = quad_at(weights, (min(k / LANES, blocks - 1) * a.inputs + c) * LANES + k % LANES);
      }
    }
    if (slice > 0) {
      PRODUCT_SLICE(sum, row_tiles[(slice + 1) & 1], weight_tiles[(slice + 1) & 1], item,
                    min(KT, terms - (slice - 1) * KT))
    }
    if (slice < slices) {
#pragma unroll
      for (int l = 0; l < ROW_LOADS; ++l) {
        const int at = item + l * ITEMS;
        if (at < TP * KT) ((__local float *)row_tiles[slice & 1])[at % KT * PIXEL_QUADS * 4 + at / KT] = next_rows[l];
      }
#pragma unroll
      for (int l = 0; l < WEIGHT_LOADS; ++l)
        if (item + l * ITEMS < TK * KT / 4) weight_tiles[slice & 1][item + l * ITEMS] = next_weights[l];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

#pragma unroll
  for (int i = 0; i < MP; ++i) {
    const int n = n0 + PIXEL_OF(item, i / 4) + i % 4;
#pragma unroll
    for (int j = 0; j < MK / 4; ++j) {
      const float lanes[4] = {sum[i][j].s0, sum[i][j].s1, sum[i][j].s2, sum[i][j].s3};
#pragma unroll
      for (int lane = 0; lane < 4; ++lane) {
        const int k = k0 + FILTER_OF(item, j) + lane;
        if (n < a.y.rows && k < outputs) {
          const int place = n * outputs + k;
          if (gemm.splits > 1) {
            output[split * a.y.rows * outputs + place] = lanes[lane];
          } else {
            const float value = a.epilogue.has_residual ? lanes[lane] + residual[place] : lanes[lane];
            output[place] = epilogue_activation(value, a.epilogue);
          }
        }
      }
    }
  }
}

// Work size  (K, rounded up; N; 1): y is seen as N 1 1 K
__kernel void linear_sum(__global const float *restrict partial, __global const float *restrict bias,
                         __global const float *residual, __global float *output, const linear_gemm_arguments gemm) {
  const linear_arguments a = gemm.linear;
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  total t = total_plus(total_zero(), a.has_bias ? bias[w.x] : 0.0f);
  for (int split = 0; split < gemm.splits; ++split)
    t = total_plus(t, partial[(split * a.y.rows + w.n) * a.y.width + w.x]);
  const float sum = total_value(t);
  output[w.at] = epilogue_activation(a.epilogue.has_residual ? sum + residual[w.at] : sum, a.epilogue);
}
