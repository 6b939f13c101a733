"""Guided backprop in float64, and what rounding may decide otherwise.

A ReLU whose input rounds to the other side of 0, or a max-pool whose two largest values round into the other order,
changes a map by far more than rounding does: by 1e-4 to 1e-3 of its largest value in a ResNet-50, where 1 to 8 of 9.6
million ReLUs are as near. PyTorch's own float32 is no nearer to float64, and its two memory layouts often share what they
decide wrongly, so their spread is no measure. A limit cannot tell such a step from a mistake, but the truth can: what a
program computed must be the float64 map with some of the undecided choices made the other way, to the usual limit.

A choice is undecided where its margin is at most REACH times the root mean square error of PyTorch's float32 at that
layer: four standard errors of an algorithm whose own is up to three times that (Winograd's F(4x4, 3x3) is).
"""

import copy

import numpy as np
import torch
import torch.nn.functional as F

REACH = 12


class Gate(torch.autograd.Function):
    """ReLU; backwards what is positive passes where the gate is open. A gate is a list of one mask."""

    @staticmethod
    def forward(context, value, gate):
        context.gate = gate
        return value.clamp_min(0)

    @staticmethod
    def backward(context, adjoint):
        return adjoint.clamp_min(0) * context.gate[0], None


class Pool(torch.autograd.Function):
    """Max-pool whose gradient goes to the places [N,C,P] of a list of one."""

    @staticmethod
    def forward(context, value, largest, places):
        context.shape, context.places = value.shape, places
        return largest

    @staticmethod
    def backward(context, adjoint):
        routed = adjoint.new_zeros((*context.shape[:2], context.shape[2] * context.shape[3]))
        routed.scatter_add_(2, context.places[0], adjoint.flatten(2))
        return routed.view(context.shape), None, None


def windows(value, module):
    """The values [N,C,taps,P] under each window of a max-pool, and their places in a channel."""
    number, channels, height, width = value.shape
    geometry = {"kernel_size": module.kernel_size, "stride": module.stride, "dilation": module.dilation}
    pads = (module.padding,) * 4 if isinstance(module.padding, int) else (*module.padding[1:] * 2, *module.padding[:1] * 2)
    low = torch.finfo(value.dtype).min
    places = torch.arange(height * width, dtype=torch.float64).view(1, 1, height, width)
    taken = F.unfold(F.pad(value, pads, value=low).flatten(0, 1)[:, None], **geometry)
    return taken.unflatten(0, (number, channels)), F.unfold(F.pad(places, pads), **geometry).long()


class Passes:
    """A forward pass of one picture that keeps what each ReLU and max-pool saw and decided, in order."""

    def __init__(self, model, picture, dtype):
        self.seen, self.choices = [], []
        model = copy.deepcopy(model).to(dtype)
        for module in model.modules():
            if isinstance(module, torch.nn.ReLU):
                module.forward = self.gate
            elif isinstance(module, torch.nn.MaxPool2d):
                module.forward = lambda value, module=module: self.pool(value, module)
        self.picture = picture[None].to(dtype).clone().requires_grad_()
        self.logits = model(self.picture)

    def gate(self, value):
        choice = [value.detach() > 0]
        self.seen.append(value.detach())
        self.choices.append(choice)
        return Gate.apply(value, choice)

    def pool(self, value, module):
        two, taps = windows(value.detach(), module)[0].topk(2, dim=2)
        places = windows(value.detach(), module)[1][0]  # [taps,P]
        choice = [places.gather(0, taps[0, :, 0]).unsqueeze(0)]
        choice.append(places.gather(0, taps[0, :, 1]).unsqueeze(0))
        self.seen.append(torch.where(two[:, :, 0] > 0, two[:, :, 0] - two[:, :, 1], torch.inf))
        self.choices.append(choice)
        return Pool.apply(value, F.max_pool2d(value, module.kernel_size, module.stride, module.padding), choice)

    def map(self, number):
        """The largest magnitude over the colours, [H,W]."""
        (gradient,) = torch.autograd.grad(self.logits[0, number], self.picture, retain_graph=True)
        return gradient[0].abs().amax(0).double().numpy()

    def turn(self, layer, place):
        """Makes one choice the other way, or back."""
        choice = self.choices[layer]
        if len(choice) == 1:
            gates = choice[0].view(-1)
            gates[place] = ~gates[place]
        else:
            first, second = (places.view(-1) for places in choice)
            first[place], second[place] = second[place].item(), first[place].item()


def undecided(exact, single):
    """The choices that rounding may turn, the nearest first: (margin by the error there, layer, place)."""
    found = []
    for layer, (value, rounded) in enumerate(zip(exact.seen, single.seen)):
        error = (rounded.double() - value)[value.isfinite() & rounded.isfinite()].square().mean().sqrt()
        margins = (value.abs() / error).flatten()
        found += [(float(margins[place]), layer, place) for place in torch.nonzero(margins <= REACH).flatten().tolist()]
    return sorted(found)


def explained(found, model, picture, number, limit):
    """How far a map [H,W] is from float64 with some choices turned, relative to the largest value; and how many were."""
    exact, single = (Passes(model, picture, dtype) for dtype in (torch.float64, torch.float32))
    choices = [(layer, place) for _, layer, place in undecided(exact, single)]
    return nearest(found, lambda: exact.map(number), exact.turn, choices, limit)


def nearest(found, map, turn, choices, limit):
    """`explained` for any method: `map()` is made anew after `turn(*choice)`, the least decided of `choices` first."""
    best, turned = map(), 0
    scale = np.abs(best).max()
    if not np.isfinite(found).all():
        return float("inf"), 0
    for choice in choices:
        if np.abs(found - best).max() <= limit * scale:
            break
        turn(*choice)
        other = map()
        if np.square(found - other).sum() < np.square(found - best).sum():
            best, turned = other, turned + 1
        else:
            turn(*choice)
    return float(np.abs(found - best).max() / scale), turned
