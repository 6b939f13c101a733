// What a device can do beyond OpenCL C, tried out by the host (Capabilities+Probing.swift): NVIDIA's copies from global to local memory
// that pass by the registers, cp.async, by inline PTX. out[i] = in[63 - i], through local memory, 16 bytes an item.
// Without the define PTX the result is zero, which the host takes for a no.
// Work size  16 items in a group of 16
__attribute__((reqd_work_group_size(16, 1, 1)))
__kernel void async_copy(__global const float4 *in, __global float *out) {
  __local float4 tile[16];
  const int item = (int)get_local_id(0);
  tile[item] = (float4)(0.0f);
  barrier(CLK_LOCAL_MEM_FENCE);
#ifdef PTX
  // The low 32 bits of a local pointer are its place in shared memory.
  const uint to = (uint)(size_t)(tile + item);
  asm volatile("cp.async.ca.shared.global [%0], [%1], 16;\n\tcp.async.wait_all;" : : "r"(to), "l"(in + item) : "memory");
#else
  (void)in;
#endif
  barrier(CLK_LOCAL_MEM_FENCE);
  const float4 other = tile[15 - item];
  vstore4(other.s3210, item, out);
}
