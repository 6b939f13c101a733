"""Clusters of vectors: k-means from given first centres, and Ward's clustering as scipy has it.

k-means: the first centre is the vector of largest norm, the next always the vector farthest from its nearest
centre, or, with a seed, centres are drawn as k-means++ draws them, by Philox; then Lloyd's iterations, where
an empty cluster takes the vector farthest from its centre of those that are not alone. The lowest index wins
ties. Float64 throughout; labels are numbered by the smallest member of each cluster.
"""

import numpy as np

ROUNDS = 300


def ordered(labels):
    names = {}
    return [names.setdefault(int(label), len(names)) for label in labels]


def squared(vectors, point):
    """Squared distances, the numbers of a vector added in order."""
    return np.cumsum((vectors - point) ** 2, axis=1)[:, -1]


# Philox4x32-10 (Salmon et al. 2011), element by element


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


assert philox((0, 0, 0, 0), (0, 0)) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


def word(element, seed, stream=5):
    block = element // 4
    return philox(
        (block & 0xFFFFFFFF, block >> 32, stream, 0), (seed & 0xFFFFFFFF, seed >> 32)
    )[element % 4]


# k-means


def first_centres(vectors, count, seed):
    if seed is None:
        chosen = [int(np.argmax(squared(vectors, np.zeros(vectors.shape[1]))))]
    else:
        chosen = [word(0, seed) * len(vectors) >> 32]
    nearest = squared(vectors, vectors[chosen[0]])
    while len(chosen) < count and nearest.max() > 0:
        if seed is None:
            following = int(np.argmax(nearest))
        else:
            shares = np.cumsum(nearest)
            draw = (word(len(chosen), seed) >> 8) * 2.0**-24 * shares[-1]
            following = int(np.flatnonzero((shares > draw) & (nearest > 0))[0])
        chosen.append(following)
        nearest = np.minimum(nearest, squared(vectors, vectors[following]))
    return vectors[chosen].copy()


def kmeans(vectors, count, seed=None):
    centres = first_centres(vectors, count, seed)
    labels = None
    for _ in range(ROUNDS):
        distances = np.stack([squared(vectors, centre) for centre in centres], axis=1)
        following, nearest = distances.argmin(axis=1), distances.min(axis=1)
        for cluster in range(len(centres)):
            if (following == cluster).any():
                continue
            sizes = np.bincount(following, minlength=len(centres))
            shared = np.flatnonzero(sizes[following] > 1)
            taken = shared[np.argmax(nearest[shared])]
            following[taken], nearest[taken] = cluster, 0
        if labels is not None and (following == labels).all():
            break
        labels = following
        centres = np.stack([np.cumsum(vectors[labels == c], axis=0)[-1] / (labels == c).sum() for c in range(len(centres))])
    return ordered(labels)


def ward(vectors, count):
    from scipy.cluster.hierarchy import fcluster, linkage

    tree = linkage(vectors, "ward")
    return ordered(fcluster(tree, min(count, len(np.unique(vectors, axis=0))), "maxclust"))
