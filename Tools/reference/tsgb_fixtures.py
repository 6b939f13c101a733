"""Writes Tests/Fixtures/methods/tsgb: TSGB by the arithmetic of the authors' released code."""

import environment

if __name__ == "__main__":
    environment.enter("methods")

import networks

import method_fixtures
import tsgb

PEER = "arithmetic of 123fxdx/CNNvisualizationTSGB 9ab8b6e"
# network: what is set there beside the defaults
SETTINGS = {
    "resnet-basic": (
        {"scale": "0.75"},
        {"scale": "0"},
        {"beta": "early"},
        {"readout": "layer3"},
        {"readout": "layer1.0.conv1"},
        {"readout": "conv1"},
    ),
    "resnet-bottleneck": ({"scale": "0.75"}, {"readout": "layer3"}),
    "resnext": ({"grouped": "per-group"},),
    "vgg": ({"scale": "0.75"}, {"beta": "early"}, {"readout": "features.3"}),
    "vgg-bn": ({"scale": "0.75"},),
    "densenet": ({"beta": "early"}, {"scale": "0.75"}, {"readout": "features.pool0"}),
    "mobilenet": ({"scale": "0.75"}, {"grouped": "per-group"}),
    "multi-label": ({"grouped": "per-group"},),
}


# Where all channels of a grouped convolution mix, a batch-norm that stands alone loses what a folded one keeps.
FOLDED = ("mobilenet", "multi-label", "resnext")


def main():
    family = method_fixtures.Family("tsgb")
    for name, variants in SETTINGS.items():
        network = networks.small(name)
        head = networks.FAMILIES[network.family].head
        for settings in ({}, *variants):

            def maps(network, picture, settings=settings):
                return tsgb.explain(network, head, picture, {**settings, "folds": name in FOLDED})

            peer = f"{PEER}, batch-norm folded" if name in FOLDED else PEER
            family.record(network, "tsgb", peer, maps, settings=settings, kind="signed")
    family.write()


if __name__ == "__main__":
    main()
