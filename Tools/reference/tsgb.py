"""TSGB as the authors' released code computes it, in our own words: the graph of autograd carries the pseudo-gradient.

Each kind of layer with a rule of its own becomes a function whose backward pass is that rule; all else keeps
its derivative. Activations are divided by, as there: nothing is composed.

A batch-norm may be folded into its convolution first. That changes nothing but where a convolution gives exactly
zero, as one of few channels does over a window of zeros: standing alone, the batch-norm's share is lost there.
"""

import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.fx.experimental.optimization import fuse

TINY = 1e-10


class Convolution(torch.autograd.Function):
    """Every output position hands its relevance to the inputs in its window, by their magnitude alone."""

    @staticmethod
    def forward(context, x, layer, groups):
        output = F.conv2d(x, layer.weight, layer.bias, layer.stride, layer.padding, layer.dilation, layer.groups)
        context.save_for_backward(x.clone(), output.clone())
        context.layer, context.groups = layer, groups
        return output

    @staticmethod
    def backward(context, upstream):
        x, output = context.saved_tensors
        layer, groups = context.layer, context.groups
        batch, channels, height, width = x.shape
        relevance = (upstream * output).view(batch, groups, -1, *output.shape[2:]).sum(2)
        sizes = x.abs().view(batch, groups, -1, height, width).sum(2)
        ones = torch.ones(groups, 1, *layer.kernel_size, dtype=x.dtype)
        totals = F.conv2d(sizes, ones, None, layer.stride, layer.padding, layer.dilation, groups)
        rest = [
            size - ((out - 1) * stride - 2 * pad + dilation * (kernel - 1) + 1)
            for size, out, stride, pad, dilation, kernel in zip(
                (height, width), output.shape[2:], layer.stride, layer.padding, layer.dilation, layer.kernel_size
            )
        ]
        spread = F.conv_transpose2d(
            relevance / (totals + TINY), ones, None, layer.stride, layer.padding, rest, groups, layer.dilation
        )
        return x.sign() * spread.repeat_interleave(channels // groups, 1), None, None


class BatchNorm(torch.autograd.Function):
    """The relevance of the output is that of the input."""

    @staticmethod
    def forward(context, x, layer):
        output = F.batch_norm(x, layer.running_mean, layer.running_var, layer.weight, layer.bias, False, 0, layer.eps)
        context.save_for_backward(x.clone(), output.clone())
        return output

    @staticmethod
    def backward(context, upstream):
        x, output = context.saved_tensors
        return upstream * output / (x + TINY), None


class AveragePool(torch.autograd.Function):
    """The relevance of each output, spread evenly over its window."""

    @staticmethod
    def forward(context, x, layer):
        output = layer(x)
        context.save_for_backward(x.clone(), output.clone())
        context.layer = layer
        return output

    @staticmethod
    def backward(context, upstream):
        x, output = context.saved_tensors
        with torch.enable_grad():
            free = torch.zeros_like(x, requires_grad=True)
            (spread,) = torch.autograd.grad(context.layer(free), free, upstream * output)
        return spread / (x + TINY), None


class LastLinear(torch.autograd.Function):
    """Negative weights are stretched until negative evidence balances positive evidence."""

    @staticmethod
    def forward(context, x, layer, scale, beta):
        context.save_for_backward(x.clone())
        context.layer, context.scale, context.beta = layer, scale, beta
        return F.linear(x, layer.weight, layer.bias)

    @staticmethod
    def backward(context, upstream):
        (x,) = context.saved_tensors
        weight = context.layer.weight
        positive, negative = weight.clamp(min=0), weight.clamp(max=0)
        for_it, against = x @ positive.T, (x @ negative.T).abs()
        ratio = for_it / against if context.beta == "released" else (for_it + 1) / (against + TINY)
        return upstream @ positive + (upstream * context.scale * ratio) @ negative, None, None, None


class Ruled(nn.Module):
    """A layer whose backward pass is a rule."""

    def __init__(self, layer, rule, *arguments):
        super().__init__()
        self.layer, self.rule, self.arguments = layer, rule, arguments

    def forward(self, x):
        return self.rule.apply(x, self.layer, *self.arguments)


def ruled(model, head, settings):
    """A copy of the network under the rules; `head` names its last linear layer."""
    scale = float(settings.get("scale", 1))
    beta = settings.get("beta", "released")
    per_group = settings.get("grouped", "mix") == "per-group"
    model = fuse(model) if settings.get("folds") else copy.deepcopy(model)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for name, module in list(model.named_modules()):
        if isinstance(module, (nn.ReLU, nn.ReLU6)):
            module.inplace = False
        elif isinstance(module, nn.Conv2d):
            model.set_submodule(name, Ruled(module, Convolution, module.groups if per_group else 1))
        elif isinstance(module, nn.BatchNorm2d):
            model.set_submodule(name, Ruled(module, BatchNorm))
        elif isinstance(module, nn.AvgPool2d):
            model.set_submodule(name, Ruled(module, AveragePool))
        elif name == head:
            model.set_submodule(name, Ruled(module, LastLinear, scale, beta))
    return model


def explain(network, head, picture, settings):
    """Sum of x * G over the channels of the image, or of the module that `readout` names, for the top class."""
    model = ruled(network.model, head, settings)
    x = picture[None].clone().requires_grad_(True)
    kept = {}
    readout = settings.get("readout", "input")
    if readout != "input":
        model.get_submodule(readout).register_forward_hook(lambda module, inputs, output: kept.update(value=output))
    logits = model(x)
    place = kept.get("value", x)
    seed = F.one_hot(logits.argmax(1), logits.shape[1]).to(logits.dtype)
    (pseudo,) = torch.autograd.grad(logits, place, seed)
    relevance = (place * pseudo).sum(1)[0].detach()
    if readout == "input":
        return relevance
    return F.interpolate(relevance[None, None], picture.shape[1:], mode="bilinear", align_corners=False)[0, 0]
