"""Writes the colour tables, Sources/Imaging/ColorMap+Tables.swift, and what they are checked with.

OpenCV and matplotlib must agree on every table but jet, which is OpenCV's. The fixture
Tests/Fixtures/images/colormaps.json holds every 15th colour, again from OpenCV.
"""

import environment

if __name__ == "__main__":
    environment.enter("image")

import json
import pathlib

import cv2
import matplotlib
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAPS = {
    "inferno": cv2.COLORMAP_INFERNO,
    "viridis": cv2.COLORMAP_VIRIDIS,
    "turbo": cv2.COLORMAP_TURBO,
    "jet": cv2.COLORMAP_JET,
}


def table(code):
    """[256, 3], RGB."""
    return cv2.applyColorMap(np.arange(256, dtype=np.uint8).reshape(-1, 1), code)[:, 0, ::-1]


text = """// Written by Tools/reference/colormaps.py from OpenCV; not edited by hand.

extension ColorMap {
  /// 256 colours as hexadecimal digits, eight a line.
  var digits: String {
    switch self {
"""
fixture = {}
for name, code in MAPS.items():
    colors = table(code)
    if name != "jet":
        other = np.rint(matplotlib.colormaps[name](np.arange(256))[:, :3] * 255)
        assert np.array_equal(colors, other), name
    fixture[name] = colors[::15].tolist()
    digits = colors.astype(np.uint8).tobytes().hex()
    text += f'    case .{name}:\n      """\n'
    for start in range(0, len(digits), 48):
        text += f"      {digits[start:start + 48]}\n"
    text += '      """\n'
text += "    }\n  }\n}\n"
(ROOT / "Sources/Imaging/ColorMap+Tables.swift").write_text(text)
folder = ROOT / "Tests/Fixtures/images"
folder.mkdir(exist_ok=True)
(folder / "colormaps.json").write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print("4 tables; inferno, viridis and turbo equal matplotlib's")
