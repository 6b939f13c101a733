// What a device can do beyond OpenCL C, tried out by the host (Capabilities+Probing.swift): products of NVIDIA's tensor cores by inline
// PTX, with sums in single precision. Without the define PTX the result is zero, which the host takes for a no.
//   product_of_halves  d[16][8] = a[16][16] * b[16][8], mma.m16n8k16 of half precision; a, b: the bits of halves
//   product_of_tf32    d[16][8] = a[16][8] * b[8][8], mma.m16n8k8 of TF32; a, b: floats of at most 10 bits of mantissa
// Only registers go into the assembly: a lane holds rows `lane / 4` and 8 behind it of a and d, column `lane / 4` of b.
// Work size  32 items in a group of 32
void store_product(__global float *d, const int lane, const float *sum) {
  const int row = lane / 4, column = lane % 4 * 2;
  d[row * 8 + column] = sum[0];
  d[row * 8 + column + 1] = sum[1];
  d[(row + 8) * 8 + column] = sum[2];
  d[(row + 8) * 8 + column + 1] = sum[3];
}

uint pair_of(const ushort low, const ushort high) { return (uint)low | (uint)high << 16; }

__kernel void product_of_halves(__global const ushort *a, __global const ushort *b, __global float *d) {
  const int lane = (int)get_local_id(0);
  const int row = lane / 4, column = lane % 4 * 2;
  __global const ushort *low = a + row * 16 + column, *high = low + 8 * 16;
  const uint a0 = pair_of(low[0], low[1]), a1 = pair_of(high[0], high[1]);
  const uint a2 = pair_of(low[8], low[9]), a3 = pair_of(high[8], high[9]);
  const uint b0 = pair_of(b[column * 8 + row], b[(column + 1) * 8 + row]);
  const uint b1 = pair_of(b[(column + 8) * 8 + row], b[(column + 9) * 8 + row]);
  float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#ifdef PTX
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
#else
  (void)(a0 + a1 + a2 + a3 + b0 + b1);
#endif
  store_product(d, lane, sum);
}

__kernel void product_of_tf32(__global const float *a, __global const float *b, __global float *d) {
  const int lane = (int)get_local_id(0);
  const int row = lane / 4, column = lane % 4;
  const uint a0 = as_uint(a[row * 8 + column]), a1 = as_uint(a[(row + 8) * 8 + column]);
  const uint a2 = as_uint(a[row * 8 + column + 4]), a3 = as_uint(a[(row + 8) * 8 + column + 4]);
  const uint b0 = as_uint(b[column * 8 + row]), b1 = as_uint(b[(column + 4) * 8 + row]);
  float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#ifdef PTX
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
#else
  (void)(a0 + a1 + a2 + a3 + b0 + b1);
#endif
  store_product(d, lane, sum);
}
