"""Class-activation formulas as the papers and published codes have them; imported, not run.

Each makes a small map [u,v] of activations a and gradients g, [C,u,v], and of the target y.
"""

import torch


def grad_cam(a, g, y):
    return (g.mean((1, 2), keepdim=True) * a).sum(0)


def summed_grad_cam(a, g, y):
    return (g.sum((1, 2), keepdim=True) * a).sum(0)


def averaged_grad_cam(a, g, y):
    return (g.mean((1, 2), keepdim=True) * a).mean(0)


def paper_plus_plus(a, g, y):
    denominator = 2 * g**2 + g**3 * a.sum((1, 2), keepdim=True)
    shares = torch.where(g == 0, 0.0, g**2 / torch.where(denominator == 0, 1.0, denominator))
    return ((shares * g.relu()).sum((1, 2), keepdim=True) * a).sum(0)


def official_plus_plus(a, g, y):
    """The arithmetic of the authors' misc/utils.py, with its factor exp(y)."""
    first, second, third = y.exp() * g, y.exp() * g**2, y.exp() * g**3
    denominator = second * 2 + third * a.sum((1, 2), keepdim=True)
    shares = second / torch.where(denominator != 0, denominator, 1.0)
    weights = first.relu()
    counted = torch.where(weights != 0, shares, 0.0).sum((1, 2), keepdim=True)
    shares = shares / torch.where(counted != 0, counted, 1.0)
    return ((weights * shares).sum((1, 2), keepdim=True) * a).sum(0)


def joint_plus_plus(a, g, y):
    """The arithmetic of Group-CAM's copy of Grad-CAM++."""
    denominator = 2 * g**2 + (a * g**3).sum((1, 2), keepdim=True)
    shares = g**2 / (torch.where(denominator != 0, denominator, 1.0) + 1e-7)
    return ((shares * (y.exp() * g).relu()).sum((1, 2), keepdim=True) * a).sum(0)


def layer_cam(a, g, y):
    return (a * g.relu()).sum(0)


def shallow_layer_cam(a, g, y):
    small = layer_cam(a, g, y).relu()
    return torch.tanh(2 * small / small.max())


def xgrad_cam(a, g, y):
    sums = a.sum((1, 2), keepdim=True)
    weights = torch.where(sums == 0, 0.0, (a * g).sum((1, 2), keepdim=True) / torch.where(sums == 0, 1.0, sums))
    return (weights * a).sum(0)


def hires_cam(a, g, y):
    return (a * g).sum(0)


def projection(stack, center=False):
    rows = stack.flatten(1).T
    if center:
        rows = rows - rows.mean(0, keepdim=True)
    along = rows @ torch.linalg.svd(rows, full_matrices=False).Vh[0]
    sign = torch.sign(along[along.abs().argmax()])
    return (sign * along).reshape(stack.shape[1:])


def eigen_cam(a, g, y):
    return projection(a)


def eigen_grad_cam(a, g, y):
    return projection(g * a)
