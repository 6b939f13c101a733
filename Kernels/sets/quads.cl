// quads: kernels by four pixels, of GPUs, built as one program: drivers read their headers once
#include "ops/average_pool_quads.cl"
#include "ops/conv2d_depthwise_quads.cl"
#include "ops/gaussian_blur_quads.cl"
#include "ops/global_average_pool_quads.cl"
#include "ops/max_pool_quads.cl"
#include "ops/resize_bilinear_quads.cl"
#include "ops/weighted_channel_sum_quads.cl"
