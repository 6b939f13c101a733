"""Seeded weights, calibrated statistics and a scaled head: what makes a random network a good witness."""

import torch
import torch.nn.functional as F
from torch import nn

try:
    import torchvision.models as models
except RuntimeError:
    # A CPU build of torch cannot load the compiled operators of a torchvision built for CUDA, which
    # then misses these two at import. No classifier uses any of them.
    for operator in ("torchvision::nms", "torchvision::qnms"):
        torch.library.define(operator, "(Tensor boxes, Tensor scores, float limit) -> Tensor")
    import torchvision.models as models

LOGIT_SPREAD = 3.0
RESIDUAL_GAMMA = 0.2
CALIBRATION_BATCHES = 4
CALIBRATION_ROWS = 16


def pictures(count, size, seed):
    """Smooth random fields with some noise, at about the spread of normalised photographs."""
    generator = torch.Generator().manual_seed(seed)
    total = 0.25 * torch.randn(count, 3, size, size, generator=generator)
    for cells in (3, 6, 12):
        field = torch.randn(count, 3, cells, cells, generator=generator)
        total += F.interpolate(field, size=(size, size), mode="bicubic", align_corners=True)
    return total / 1.3


def initialise(model, generator):
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            fan_in = module.weight[0].numel()
            module.weight.normal_(std=(2 / fan_in) ** 0.5, generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.fill_(1)
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.BatchNorm2d)) and module.bias is not None:
            module.bias.normal_(std=0.1, generator=generator)
    for norm in _last_norms(model):
        norm.weight.fill_(RESIDUAL_GAMMA)


def smoothe(model, share):
    """Makes this share of the variance of each 3x3 filter a multiple of one averaging filter."""
    kernel = torch.outer(torch.tensor([1.0, 2.0, 1.0]), torch.tensor([1.0, 2.0, 1.0]))
    kernel /= kernel.square().mean().sqrt()
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3) and share > 0:
            multiples = module.weight[:, :, 1:2, 1:2].clone()
            module.weight.mul_((1 - share) ** 0.5).add_(multiples * kernel * share**0.5)


def _last_norms(model):
    """The batch norm that ends each branch which is added to its own input."""
    for module in model.modules():
        if isinstance(module, models.resnet.BasicBlock):
            yield module.bn2
        elif isinstance(module, models.resnet.Bottleneck):
            yield module.bn3
        elif isinstance(module, models.mobilenetv2.InvertedResidual) and module.use_res_connect:
            yield module.conv[-1]
        elif isinstance(module, models.efficientnet.MBConv) and module.use_res_connect:
            yield module.block[-1][1]


def calibrate(model, size, seed):
    """Running statistics as the plain average over a few batches."""
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for batch in range(CALIBRATION_BATCHES if norms else 0):
        model(pictures(CALIBRATION_ROWS, size, seed=1000 * seed + batch))
    for norm in norms:
        norm.eval()


def scale_head(head, model, size, seed):
    logits = model(pictures(CALIBRATION_ROWS, size, seed=1000 * seed + 999))
    factor = LOGIT_SPREAD / logits.std(dim=0).square().mean().sqrt()
    head.weight *= factor
    head.bias.copy_((head.bias - logits.mean(dim=0)) * factor)
