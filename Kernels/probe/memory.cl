// What a device can do, tried out by the host (Capabilities+Probing.swift), in OpenCL C:
//   local_quads        out[i] = in[63 - i], through local memory in accesses of 16 bytes
//   storage_of_halves  out[i] = in[i] rounded to half precision, stored so and read again; no arithmetic in half precision
// Work size  16 items in a group of 16; for storage_of_halves 64 items
__attribute__((reqd_work_group_size(16, 1, 1)))
__kernel void local_quads(__global const float4 *in, __global float *out) {
  __local float4 tile[16];
  const int item = (int)get_local_id(0);
  tile[item] = in[item];
  barrier(CLK_LOCAL_MEM_FENCE);
  const float4 other = tile[15 - item];
  vstore4(other.s3210, item, out);
}

__kernel void storage_of_halves(__global const float *in, __global ushort *stored, __global float *out) {
  const int item = (int)get_global_id(0);
  vstore_half_rte(in[item], item, (__global half *)stored);
  out[item] = vload_half(item, (__global const half *)stored);
}
