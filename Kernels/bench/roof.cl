// What a device can do at most, to judge kernels by: independent chains of multiply-adds in registers, and a copy.
// No operator; `salient bench` runs them beside what it measures.
#include "common/tensor.clh"

#ifndef CHAINS   // chains of 16 floats in a work-item: enough to hide the latency of an addition
#define CHAINS 6
#endif

// Work size  (any): each item does 2 * 16 * CHAINS * count operations
__kernel void roof_multiply_add(__global const float *restrict input, __global float *restrict output, const int count) {
  const float16 factor = vload16(0, input), offset = vload16(1, input);
  float16 chain[CHAINS];
#pragma unroll
  for (int i = 0; i < CHAINS; ++i) chain[i] = factor * (float16)(i);
  for (int i = 0; i < count; ++i) {
#pragma unroll
    for (int c = 0; c < CHAINS; ++c) chain[c] = fma(chain[c], factor, offset);
  }
  float16 sum = (float16)(0.0f);
#pragma unroll
  for (int c = 0; c < CHAINS; ++c) sum += chain[c];
  store16(sum, get_global_id(0), output);
}

// Work size  (runs): each item copies `count` times 16 floats
__kernel void roof_copy(__global const float *restrict input, __global float *restrict output, const int count) {
  const int first = (int)get_global_id(0) * count;
  for (int i = first; i < first + count; ++i) store16(vload16(i, input), i, output);
}
