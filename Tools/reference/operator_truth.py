"""Records what PyTorch and NumPy say about single operators, in double precision.

Run as a script it writes Tests/Fixtures/operators/*.json afresh. A record holds an operator's name, its parameters as lists of
numbers, its inputs, its output, and, where asked for, an upstream gradient with the gradient of each
input (null where there is none). Inputs are eighths, so that they are short and exact.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "operators"
RANDOM = np.random.default_rng(2021)


def eighths(*shape, low=-16, high=17):
    return torch.tensor(RANDOM.integers(low, high, size=shape) / 8.0)


def distinct(*shape, step=8.0):
    count = int(np.prod(shape))
    values = RANDOM.permutation(count) - count // 2 + 0.25
    return torch.tensor(values.reshape(shape) / step)


def number(value):
    text = float(f"{value:.13g}")
    return int(text) if text.is_integer() and abs(text) < 2**53 else text


def tensor(values):
    flat = values.detach().reshape(-1).tolist()
    return {"shape": list(values.shape), "values": [number(value) for value in flat]}


def record(operator, name, function, inputs, parameters=None, gradients=True, limit=1e-10):
    """One record; `gradients` may name the inputs that have one."""
    chosen = range(len(inputs)) if gradients is True else (gradients or [])
    leaves = [x.clone().requires_grad_(i in chosen) for i, x in enumerate(inputs)]
    output = function(*leaves)
    entry = {
        "operator": operator,
        "name": name,
        "parameters": {
            key: [number(float(v)) for v in np.ravel(value)]
            for key, value in (parameters or {}).items()
        },
        "limit": limit,
        "inputs": [tensor(x) for x in inputs],
        "output": tensor(output),
    }
    if len(chosen) > 0:
        upstream = eighths(*output.shape)
        found = torch.autograd.grad(output, [leaves[i] for i in chosen], upstream)
        parts = dict(zip(chosen, found))
        entry["upstream"] = tensor(upstream)
        entry["gradients"] = [
            tensor(parts[i]) if i in parts else None for i in range(len(inputs))
        ]
    return entry


def padded(x, padding, value=0.0):
    top, left, bottom, right = padding
    return F.pad(x, (left, right, top, bottom), value=value)


def convolutions():
    def case(name, image, filters, stride=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1), groups=1,
             bias=True):
        def conv(x, w, b=None):
            return F.conv2d(padded(x, padding), w, b, stride, 0, dilation, groups)

        inputs = [eighths(*image), eighths(*filters)] + ([eighths(filters[0])] if bias else [])
        return record("conv2d", name, conv, inputs, {
            "stride": stride, "padding": padding, "dilation": dilation, "groups": groups})

    yield case("1x1", (2, 3, 4, 3), (5, 3, 1, 1))
    yield case("3x3, padding 1", (2, 3, 5, 4), (4, 3, 3, 3), padding=(1, 1, 1, 1))
    yield case("3x3, stride 2, no bias", (1, 2, 7, 6), (3, 2, 3, 3), (2, 2), (1, 1, 1, 1), bias=False)
    yield case("dilation 2 and 1", (1, 2, 7, 5), (3, 2, 3, 2), (1, 2), (2, 0, 2, 1), (2, 1))
    yield case("uneven padding", (1, 2, 5, 5), (2, 2, 2, 3), (2, 1), (0, 2, 1, 0))
    yield case("2 groups", (2, 4, 4, 4), (6, 2, 3, 3), padding=(1, 1, 1, 1), groups=2)
    yield case("depthwise, 2 filters a channel", (1, 3, 5, 5), (6, 1, 3, 3), (2, 2), (1, 1, 1, 1),
               groups=3)


def layers():
    yield record("linear", "with bias", F.linear, [eighths(3, 7), eighths(5, 7), eighths(5)])
    yield record("linear", "no bias", F.linear, [eighths(2, 4), eighths(3, 4)])
    epsilon = float(np.float32(1e-5))

    def norm(x, scale, bias, mean, variance):
        return F.batch_norm(x, mean, variance, scale, bias, False, 0.0, epsilon)

    def formula(x, scale, bias, mean, variance):
        shape = (1, -1) + (1,) * (x.dim() - 2)
        parts = [part.reshape(shape) for part in (scale, bias, mean, variance)]
        return (x - parts[2]) / torch.sqrt(parts[3] + epsilon) * parts[0] + parts[1]

    for name, shape in [("image", (2, 3, 2, 4)), ("vectors", (4, 5))]:
        statistics = [eighths(shape[1]) for _ in range(3)] + [eighths(shape[1], low=1, high=9)]
        inputs = [eighths(*shape)] + statistics
        yield record("batch_norm", name, norm, inputs, {"epsilon": epsilon}, gradients=[0, 1, 2])
        yield record("batch_norm", name + ", statistics", formula, inputs, {"epsilon": epsilon})


def pools():
    geometries = [
        ("2x2, stride 2", (2, 3, 4, 6), (2, 2), (2, 2), (0, 0), (1, 1), False),
        ("3x3, stride 2, padding 1", (1, 2, 7, 6), (3, 3), (2, 2), (1, 1), (1, 1), False),
        ("3x3, stride 2, ceil", (1, 2, 6, 8), (3, 3), (2, 2), (0, 0), (1, 1), True),
        ("3x3, stride 2, padding 1, ceil", (1, 2, 6, 5), (3, 3), (2, 2), (1, 1), (1, 1), True),
        ("2x2, stride 3, padding 1, ceil", (1, 1, 5, 4), (2, 2), (3, 3), (1, 1), (1, 1), True),
        ("3x2, strides 1 and 2", (1, 2, 5, 7), (3, 2), (1, 2), (1, 0), (1, 1), False),
    ]

    def parameters(kernel, stride, padding, dilation, ceil):
        return {"kernel": kernel, "stride": stride, "padding": padding + padding,
                "dilation": dilation, "ceil": int(ceil)}

    for name, shape, kernel, stride, padding, dilation, ceil in geometries + [
            ("dilation 2", (1, 2, 7, 8), (3, 2), (1, 2), (1, 1), (2, 2), False),
            ("dilation 2, ceil", (1, 1, 8, 8), (2, 3), (3, 2), (1, 1), (2, 1), True)]:
        def pool(x):
            return F.max_pool2d(x, kernel, stride, padding, dilation, ceil)

        shared = parameters(kernel, stride, padding, dilation, ceil)
        yield record("max_pool", name, pool, [distinct(*shape)], shared)
        ties = torch.tensor(RANDOM.integers(-1, 2, size=shape).astype(float))
        yield record("max_pool", name + ", equal elements", pool, [ties], shared)
    for name, shape, kernel, stride, padding, dilation, ceil in geometries:
        for counts in (False, True):
            def pool(x):
                return F.avg_pool2d(x, kernel, stride, padding, ceil, counts)

            shared = parameters(kernel, stride, padding, dilation, ceil)
            title = name + (", padding counts" if counts else "")
            yield record("average_pool", title, pool, [eighths(*shape)],
                         shared | {"counts": int(counts)})
    padding = (1, 0, 0, 1)
    uneven = {"kernel": (3, 2), "stride": (2, 1), "padding": padding, "dilation": (1, 1), "ceil": 0}

    def largest(x):
        return F.max_pool2d(padded(x, padding, -torch.inf), (3, 2), (2, 1))

    def mean(x):
        cells = F.avg_pool2d(padded(torch.ones_like(x), padding), (3, 2), (2, 1))
        return F.avg_pool2d(padded(x, padding), (3, 2), (2, 1)) / cells

    def mean_with_padding(x):
        return F.avg_pool2d(padded(x, padding), (3, 2), (2, 1))

    yield record("max_pool", "uneven padding", largest, [distinct(1, 2, 6, 5)], uneven)
    yield record("average_pool", "uneven padding", mean, [eighths(1, 2, 6, 5)], uneven | {"counts": 0})
    yield record("average_pool", "uneven padding, padding counts", mean_with_padding,
                 [eighths(1, 2, 6, 5)], uneven | {"counts": 1})
    yield record("global_average_pool", "2 by 3 maps",
                 lambda x: F.adaptive_avg_pool2d(x, 1), [eighths(2, 3, 5, 4)])


def activations():
    x = eighths(3, 11, low=-48, high=49) + 1 / 16  # off the kinks
    yield record("relu", "both signs", F.relu, [x])
    yield record("clamp", "relu6", F.relu6, [x], {"limits": (0, 6)})
    yield record("clamp", "hardtanh", lambda v: F.hardtanh(v, -1.5, 2.25), [x],
                 {"limits": (-1.5, 2.25)})
    yield record("sigmoid", "both signs", torch.sigmoid, [x])
    yield record("sigmoid", "far out", torch.sigmoid, [x * 16])
    yield record("silu", "both signs", F.silu, [x])
    # The slope 1/6 is a float here: 3e-8 away from a sixth.
    yield record("hard_sigmoid", "default", F.hardsigmoid, [x],
                 {"line": (float(np.float32(1 / 6)), 0.5)}, limit=1e-7)
    yield record("hard_sigmoid", "slope 1/4", lambda v: F.hardtanh(v / 4 + 0.375, 0, 1), [x],
                 {"line": (0.25, 0.375)})
    yield record("hard_swish", "both signs", F.hardswish, [x])
    yield record("logarithm", "positive", torch.log, [eighths(3, 7, low=1, high=60)])
    yield record("softmax", "classes", lambda v: torch.softmax(v, 1), [eighths(3, 9)], {"axis": 1})
    yield record("softmax", "channels", lambda v: torch.softmax(v, 1), [eighths(2, 4, 2, 3)],
                 {"axis": 1})
    yield record("softmax", "columns", lambda v: torch.softmax(v, 3), [eighths(1, 2, 2, 5)],
                 {"axis": 3})
    yield record("softmax", "large logits", lambda v: torch.softmax(v, 1), [eighths(2, 5) * 256],
                 {"axis": 1})


def reductions():
    shape = (2, 3, 4, 5)
    for axes, keeps in [((2, 3), True), ((1,), False), ((0, 2, 3), False), ((1, 3), True)]:
        x = distinct(*shape)
        shared = {"axes": axes, "keeps": int(keeps)}
        name = f"axes {axes}"
        yield record("reduce_sum", name, lambda v: v.sum(axes, keepdim=keeps), [x], shared)
        yield record("reduce_mean", name, lambda v: v.mean(axes, keepdim=keeps), [x], shared)
        yield record("reduce_min", name, lambda v: v.amin(axes, keepdim=keeps), [x], shared)
        yield record("reduce_max", name, lambda v: v.amax(axes, keepdim=keeps), [x], shared)
    ties = torch.tensor(RANDOM.integers(0, 3, size=(4, 7)).astype(float))
    for axis in (0, 1):
        shared = {"axes": (axis,), "keeps": 0}
        # NumPy documents that the first occurrence wins.
        yield record("arg_min", f"axis {axis}", lambda v: torch.tensor(
            np.argmin(v.numpy(), axis).astype(float)), [ties], shared, gradients=False)
        yield record("arg_max", f"axis {axis}", lambda v: torch.tensor(
            np.argmax(v.numpy(), axis).astype(float)), [ties], shared, gradients=False)
    for count in (1, 3, 8):
        x = distinct(3, 8)
        yield record("top_k", f"values, {count}", lambda v: torch.topk(v, count)[0], [x],
                     {"count": count, "positions": 0})
        yield record("top_k", f"positions, {count}", lambda v: torch.topk(v, count)[1].double(), [x],
                     {"count": count, "positions": 1}, gradients=False)


def percentiles():
    for theta in (0, 12.5, 50, 70, 99, 100):
        x = distinct(2, 3, 5, 4)

        def truth(v):
            flat = np.percentile(v.numpy().reshape(2, 3, -1), theta, axis=2)
            return torch.tensor(flat.reshape(2, 3, 1, 1))

        def quantile(v):
            return torch.quantile(v.reshape(2, 3, -1), theta / 100, dim=2).reshape(2, 3, 1, 1)

        shared = {"theta": theta, "axes": (2, 3)}
        yield record("percentile", f"NumPy, {theta}", truth, [x], shared, gradients=False)
        yield record("percentile", f"PyTorch, {theta}", quantile, [x], shared)
    ties = torch.tensor(RANDOM.integers(0, 3, size=(3, 9)).astype(float))
    yield record("percentile", "NumPy, equal elements", lambda v: torch.tensor(
        np.percentile(v.numpy(), 70, axis=1, keepdims=True)), [ties],
        {"theta": 70, "axes": (1,)}, gradients=False)


def images():
    for aligned in (False, True):
        for image, size in [((1, 2, 3, 4), (7, 6)), ((1, 1, 7, 7), (16, 13)), ((1, 2, 9, 8), (4, 3)),
                            ((1, 1, 1, 3), (5, 3)), ((1, 1, 5, 6), (1, 1))]:
            yield record(
                "resize_bilinear", f"{image[2]}x{image[3]} to {size[0]}x{size[1]}",
                lambda x: F.interpolate(x, size, mode="bilinear", align_corners=aligned),
                [eighths(*image)], {"size": size, "aligned": int(aligned)})
    for image, size, sigma in [((1, 2, 7, 8), 5, 1.5), ((1, 1, 6, 6), 11, 5.0), ((2, 1, 4, 5), 3, 0.75)]:
        def blur(x):
            radius = (size - 1) // 2
            taps = torch.exp(-((torch.arange(size) - radius) ** 2) / (2 * sigma**2))
            taps = (taps / taps.sum()).repeat(x.shape[1], 1)
            y = F.pad(x, (radius, radius, radius, radius), mode="reflect")
            y = F.conv2d(y, taps[:, None, None, :], groups=x.shape[1])
            return F.conv2d(y, taps[:, None, :, None], groups=x.shape[1])

        yield record("gaussian_blur", f"{size} taps", blur, [eighths(*image)],
                     {"size": size, "sigma": sigma})


def maps():
    def min_max(x):
        low, high = x.amin((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        return (x - low) / (high - low)

    yield record("min_max", "distinct elements", min_max, [distinct(2, 2, 3, 4)])
    yield record("weighted_channel_sum", "5 channels",
                 lambda a, w: torch.einsum("nkij,nkab->nij", a, w)[:, None],
                 [eighths(2, 5, 3, 4), eighths(2, 5, 1, 1)])
    for channels, groups in [(10, 4), (9, 6), (8, 4)]:
        def chunks(x):
            return torch.stack([part.sum(1) for part in torch.chunk(x, groups, 1)], 1)

        yield record("group_sum", f"chunk, {channels} in {groups}", chunks,
                     [eighths(2, channels, 2, 3)], {"groups": groups})
    owner = torch.tensor([[2.0], [0.0], [2.0], [1.0]])

    def blend(x, baseline, mask, index):
        rows = index[:, 0].long()
        return mask * x[rows] + (1 - mask) * baseline[rows]

    yield record("masked_blend", "three pictures, four rows", blend,
                 [eighths(3, 2, 3, 4), eighths(3, 2, 3, 4), eighths(4, 1, 3, 4, low=0, high=9), owner],
                 gradients=[0, 1, 2])
    table, index = eighths(4, 3, 5), torch.tensor([[3.0, 1.0], [0.0, 2.0], [3.0, 1.0]])

    def gather(t, i):
        return t[i[:, 0].long(), i[:, 1].long()]

    yield record("gather", "two components", gather, [table, index], gradients=[0])


def broadcasting():
    shapes = [((2, 3, 2, 2), (3, 1, 1)), ((2, 3, 1, 1), (2, 1, 3, 2)), ((4,), (3, 4)), ((2, 3), ())]
    for name, function in [("add", torch.add), ("subtract", torch.sub), ("multiply", torch.mul),
                           ("divide", torch.div)]:
        for a, b in shapes:
            yield record(name, f"{a} and {b}", function, [eighths(*a), eighths(*b, low=2, high=20)])


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for group in (convolutions, layers, pools, activations, reductions, percentiles, images, maps,
                  broadcasting):
        records = list(group())
        lines = [json.dumps(entry, separators=(",", ":"), allow_nan=False) for entry in records]
        path = FOLDER / f"{group.__name__}.json"
        path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
        gradients = sum(part is not None for entry in records for part in entry.get("gradients", []))
        print(f"{path.name}: {len(records)} records, {gradients} gradients, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
