// conv2d_depthwise_quads: conv2d where each channel has one filter of its own, 4 channels of a pixel an item.
// Formula and shapes: ops/conv2d.cl.
//
// Algorithm depthwise: sum over r, s inside the image, as ops/conv2d_depthwise.cl.   bias, residual and activation as conv2d; blocked.
#include "common/convolution.clh"
#include "common/epilogue.clh"

// filters: [K/16][R*S][16], zero where there is none;  bias: K rounded up to 16.
// Work size  (quads of the pixels of the whole batch, rounded up; blocks of filters)
__kernel void conv2d_depthwise_quads(__global const float *restrict input, __global const float *restrict filters,
                                     __global const float *restrict bias, __global const float *residual,
                                     __global const float *gate, __global float *output, const conv2d_arguments a) {
  const int t = (int)get_global_id(0) / QUADS;
  const int lane = (int)get_global_id(0) % QUADS * 4;
  const int block = (int)get_global_id(1);
  if (t >= a.y.rows * a.y.height * a.y.width) return;
  const int row = t / a.y.width;
  const int n = row / a.y.height;
  const int top = (row - n * a.y.height) * a.stride_y - a.pad_y;
  const int left = (t - row * a.y.width) * a.stride_x - a.pad_x;
  const int image = (block * a.x.capacity + n) * a.x.height;
  const int taps = a.kernel_height * a.kernel_width;
  float4 sum = (float4)(0.0f);
  for (int r = 0; r < a.kernel_height; ++r)
    for (int s = 0; s < a.kernel_width; ++s) {
      const int y = top + r * a.dilation_y, x = left + s * a.dilation_x;
      if ((uint)y >= (uint)a.x.height || (uint)x >= (uint)a.x.width) continue;
      const float4 pixel = quad_at(input, ((image + y) * a.x.width + x) * LANES + lane);
      sum = fma(pixel, quad_at(filters, (block * taps + r * a.kernel_width + s) * LANES + lane), sum);
    }
  store_quad(bias, residual, gate, output, a.y, a.residual, a.gate, a.has_bias, a.end, sum, block, lane, t);
}
