"""Writes docs/methods/NAME.jpg from what Tools/method-guide drew: a scene and a photo under the map of each method.

guide_pictures.py FOLDER
"""

import environment

if __name__ == "__main__":
    environment.enter()

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
HEIGHT, GAP, QUALITY = 180, 4, 82
SCENE, PHOTO = "images/000001.png", "coffee.jpg"


def tile(path):
    picture = Image.open(path).convert("RGB")
    return picture.resize((round(picture.width * HEIGHT / picture.height), HEIGHT), Image.Resampling.LANCZOS)


def main(folder):
    target = ROOT / "docs" / "methods"
    target.mkdir(exist_ok=True)
    for old in target.glob("*.jpg"):
        old.unlink()
    scenes, photos = folder / "scenes" / "overlays", folder / "photos" / "overlays"
    rows = {"picture": (folder / "pictures" / SCENE, ROOT / "Assets" / "photos" / PHOTO)}
    for scene in sorted(scenes.glob(f"{SCENE}.*.top1.png")):
        method = scene.name.removeprefix(Path(SCENE).name + ".").removesuffix(".top1.png")
        (photo,) = photos.glob(f"{PHOTO}.{method}.top1.*")
        rows[method] = (scene, photo)
    for name, paths in rows.items():
        tiles = [tile(path) for path in paths]
        row = Image.new("RGB", (sum(tile.width + GAP for tile in tiles) - GAP, HEIGHT), "white")
        left = 0
        for part in tiles:
            row.paste(part, (left, 0))
            left += part.width + GAP
        row.save(target / f"{name}.jpg", quality=QUALITY, optimize=True)
    print(f"{target}: {len(rows)} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
