// weighted_channel_sum_quads: weighted_channel_sum with 4 work-items a pixel, each for every fourth quad of channels.
// Formula and shapes: ops/weighted_channel_sum.cl; a and weights are blocked, y is plain.
//
// Algorithm quads: each of the 16 lanes is summed over the blocks; then the lanes are added in order.
// Work size  (4 items for each pixel of the whole batch, rounded up), groups of 64
#include "common/summation.clh"
#include "common/tensor.clh"
#include "common/quads.clh"

#define GROUP 64

typedef struct {
  tensor a, weights, y;
} weighted_channel_sum_arguments;

__attribute__((reqd_work_group_size(GROUP, 1, 1)))
__kernel void weighted_channel_sum_quads(__global const float *restrict activations,
                                         __global const float *restrict weights, __global float *restrict output,
                                         const weighted_channel_sum_arguments s) {
  __local float4 lanes[GROUP];
  const int item = (int)get_local_id(0);
  const int size = s.y.height * s.y.width;
  const int all = s.y.rows * size;
  const int t = (int)get_global_id(0) / QUADS;
  const int lane = item % QUADS * 4;
  const int pixel = min(t, all - 1);   // behind the last pixel that one is summed again, and not stored
  const int n = pixel / size;
  const int own = min(n, s.a.rows - 1);   // one row of a serves all
  const int blocks = (s.a.channels + LANES - 1) / LANES;
  total4 sum = total_zero4();
  for (int block = 0; block < blocks; ++block) {
    const float4 w = quad_at(weights, (block * s.weights.capacity + s.weights.first + n) * LANES + lane);
    const float4 a = quad_at(activations, ((block * s.a.capacity + s.a.first + own) * size + pixel - n * size) * LANES + lane);
    sum = total_plus4(sum, w * a);
  }
  lanes[item] = total_value4(sum);
  barrier(CLK_LOCAL_MEM_FENCE);
  if (lane == 0 && t < all) {
    total y = total_zero();
    for (int quad = 0; quad < QUADS; ++quad) {
      const float4 part = lanes[item + quad];
      y = total_plus(total_plus(total_plus(total_plus(y, part.s0), part.s1), part.s2), part.s3);
    }
    output[s.y.first * size + t] = total_value(y);
  }
}
