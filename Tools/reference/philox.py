"""Philox4x32-10, its even numbers and its normals, written out a second time."""

import numpy as np

MASK = np.uint64(0xFFFFFFFF)
NOISE = 1


def words(blocks, stream, seed):
    """The four words of each block, [N,4]: J. K. Salmon et al., SC 2011."""
    blocks = np.asarray(blocks, np.uint64)
    shift = np.uint64(32)
    x = [blocks & MASK, blocks >> shift, np.full_like(blocks, stream), np.zeros_like(blocks)]
    key = [np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)]
    for step in range(10):
        if step:
            key = [(key[0] + np.uint64(0x9E3779B9)) & MASK, (key[1] + np.uint64(0xBB67AE85)) & MASK]
        first, second = x[0] * np.uint64(0xD2511F53), x[2] * np.uint64(0xCD9E8D57)
        x = [(second >> shift) ^ x[1] ^ key[0], second & MASK, (first >> shift) ^ x[3] ^ key[1], first & MASK]
    return np.stack(x, 1)


def fractions(sample, shape, seed, stream):
    """For each number of a sample its block of four fractions in [0, 1), and its lane."""
    count = int(np.prod(shape))
    elements = np.arange(sample * count, (sample + 1) * count)
    blocks, places = np.unique(elements // 4, return_inverse=True)
    table = (words(blocks, stream, seed) >> np.uint64(8)).astype(np.float64) * 2.0**-24
    return table, places, elements % 4


def uniforms(sample, shape, seed=0, stream=NOISE):
    """The even numbers of a sample, in [0, 1)."""
    table, places, lane = fractions(sample, shape, seed, stream)
    return table[places, lane].reshape(shape)


def normals(sample, shape, seed=0, stream=NOISE):
    """The normals of a sample, by Box and Muller from pairs of lanes."""
    table, places, lane = fractions(sample, shape, seed, stream)
    first, second = table[places, lane & 2], table[places, (lane & 2) + 1]
    radius = np.sqrt(-2 * np.log(first + 2.0**-24))
    angle = 2 * np.pi * second
    return (radius * np.where(lane % 2 == 0, np.cos(angle), np.sin(angle))).reshape(shape)


assert [hex(word) for word in words([0], 0, 0)[0]] == ["0x6627e8d5", "0xe169c58d", "0xbc57ac4c", "0x9b00dbd8"]
