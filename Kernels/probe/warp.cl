// What a device can do beyond OpenCL C, tried out by the host (Capabilities+Probing.swift): inline PTX of NVIDIA. Without the define PTX,
// which the host sets on NVIDIA's devices alone, these kernels compute nothing, and the host takes that for a no.
//   lane_identifier   out[i] = i mod 32
//   lane_shuffle      out[i] = in[i xor 1], exchanged between lanes
// Work size  64 items in a group of 64
__kernel void lane_identifier(__global uint *out) {
  uint lane = 0xffffffffu;
#ifdef PTX
  asm volatile("mov.u32 %0, %%laneid;" : "=r"(lane));
#endif
  out[get_global_id(0)] = lane;
}

__kernel void lane_shuffle(__global const uint *in, __global uint *out) {
  uint value = in[get_global_id(0)];
#ifdef PTX
  asm volatile("shfl.sync.bfly.b32 %0, %0, 1, 0x1f, 0xffffffff;" : "+r"(value));
#endif
  out[get_global_id(0)] = value;
}
