"""Writes Tests/Fixtures/images afresh: small files of every kind, and what Pillow and torchvision make of them.

manifest.json lists `files` (width, height, CRC-32 of the RGB bytes by alpha mode, orientation, whether the bytes
are raw in the manifest), `resizes` of a generated picture, `presets` (CRC-32 of the bytes before normalisation
and sums of the normalised values), `encodings`, `overlays` and `damaged` files.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import io
import json
import pathlib
import struct
import zlib

import networks  # prepares torchvision's import
import numpy as np
import PIL
import torch
from PIL import Image, ImageOps
from torchvision.transforms import functional as F

assert PIL.__version__ == "13.0.0", PIL.__version__
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "images"


def noise(width, height, seed, channels=3):
    """The picture that the tests generate too: a 32-bit mix of the byte's place and the seed."""
    x = np.arange(width * height * channels, dtype=np.uint64) + np.uint64(seed * 0x9E3779B9)
    mask = np.uint64(0xFFFFFFFF)
    x &= mask
    x = ((x ^ (x >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & mask
    x = ((x ^ (x >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & mask
    x ^= x >> np.uint64(16)
    return (x >> np.uint64(24)).astype(np.uint8).reshape(height, width, channels)


def smooth(width, height):
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = [127 + 120 * np.sin(x / 7 + y / 11), x * 255 / max(width - 1, 1), 127 + 120 * np.cos(x * y / 90)]
    return np.stack(planes, -1).astype(np.uint8)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, depth, color, rows, extra=b"", interlace=0):
    """A PNG file with chosen header fields; `rows` are bytes without filters."""
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    size = len(rows) // height if rows else 0
    body = b"".join(b"\0" + rows[y * size : (y + 1) * size] for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(body, 9)) + chunk(b"IEND", b""))


def interlaced(pixels):
    """Adam7, 8-bit RGB."""
    height, width, _ = pixels.shape
    body = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        part = pixels[y0::dy, x0::dx]
        if part.size:
            body += b"".join(b"\0" + row.tobytes() for row in part)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body, 9)) + chunk(b"IEND", b"")


def saved(image, kind, **options):
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def exif(orientation, little=True):
    order = "<" if little else ">"
    head = (b"II*\0" if little else b"MM\0*") + struct.pack(order + "I", 8)
    value = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return head + struct.pack(order + "H", 1) + value + b"\0\0\0\0"


def files():
    w, h = 19, 13
    rgb = Image.fromarray(smooth(w, h))
    alpha = noise(w, h, 4, 1)
    rgba = Image.fromarray(np.concatenate([smooth(w, h), alpha], -1), "RGBA")
    yield "rgb8.png", saved(rgb, "PNG")
    yield "interlaced.png", interlaced(smooth(w, h))
    yield "gamma.png", png(4, 1, 8, 0, bytes([10, 70, 130, 190]), chunk(b"gAMA", struct.pack(">I", 100000)))
    yield "grey8.png", saved(rgb.convert("L"), "PNG")
    for depth in (1, 2, 4):
        count = (w * depth + 7) // 8
        rows = noise(count, h, depth, 1).tobytes()
        yield f"grey{depth}.png", png(w, h, depth, 0, rows)
        palette = noise(2**depth, 1, 9 + depth).tobytes()
        yield f"palette{depth}.png", png(w, h, depth, 3, rows, chunk(b"PLTE", palette))
    yield "palette8.png", saved(rgb.quantize(200), "PNG")
    palette = chunk(b"PLTE", noise(16, 1, 3).tobytes()) + chunk(b"tRNS", bytes(range(0, 160, 10)))
    yield "palette-trns.png", png(8, 4, 4, 3, noise(4, 4, 2, 1).tobytes(), palette)
    yield "grey-trns.png", png(4, 1, 8, 0, bytes([10, 70, 130, 190]), chunk(b"tRNS", struct.pack(">H", 70)))
    yield "rgb-trns.png", png(2, 1, 8, 2, bytes([1, 2, 3, 4, 5, 6]), chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3)))
    yield "rgba8.png", saved(rgba, "PNG")
    yield "grey-alpha8.png", saved(rgba.convert("LA"), "PNG")
    yield "rgb16.png", png(w, h, 16, 2, noise(w * 2, h, 5).tobytes())
    yield "rgba16.png", png(w, h, 16, 6, noise(w * 2, h, 6, 4).tobytes())
    yield "grey-alpha16.png", png(w, h, 16, 4, noise(w * 2, h, 7, 2).tobytes())
    yield "grey16.png", png(w, h, 16, 0, noise(w * 2, h, 8, 1).tobytes())
    yield "profile.png", saved(rgb, "PNG", icc_profile=bytes(132))
    for value in range(1, 9):
        yield f"exif{value}.png", saved(rgb, "PNG", exif=exif(value, value % 2 == 0))
    yield "exif6.jpg", saved(rgb, "JPEG", quality=90, exif=b"Exif\0\0" + exif(6, False))
    photo = Image.fromarray(smooth(61, 47))
    for sampling, name in ((0, "444"), (1, "422"), (2, "420")):
        for progressive in (False, True):
            kind = "progressive" if progressive else "baseline"
            yield f"{kind}{name}.jpg", saved(photo, "JPEG", quality=85, subsampling=sampling, progressive=progressive)
    yield "grey.jpg", saved(photo.convert("L"), "JPEG", quality=85)
    yield "restart.jpg", saved(photo, "JPEG", quality=85, restart_marker_blocks=3)
    cmyk = Image.fromarray(np.concatenate([smooth(33, 21), noise(33, 21, 11, 1) // 3], -1), "CMYK")
    four = saved(cmyk, "JPEG", quality=90)
    yield "cmyk.jpg", four
    # Pillow writes transform 0; 2 makes the same bytes YCCK.
    place = four.index(b"Adobe")
    yield "ycck.jpg", four[: place + 11] + b"\2" + four[place + 12 :]
    yield "cmyk-bare.jpg", four[: place - 4] + four[place + 12 :]


def rgb_of(name, data, alpha):
    image = Image.open(io.BytesIO(data))
    if image.mode == "I;16" or image.mode == "I":
        return (np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)[..., None].repeat(3, -1)
    if alpha == "drop":
        return np.asarray(image.convert("RGB"))
    image = image.convert("RGBA")
    ground = Image.new("RGB", image.size, alpha)
    ground.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return np.asarray(ground)


def crc(array):
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def describe(name, data):
    image = Image.open(io.BytesIO(data))
    entry = {"name": name, "width": image.width, "height": image.height}
    for alpha in ("drop", "white", "black"):
        entry[alpha] = crc(rgb_of(name, data, alpha))
    turned = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    entry["orientation"] = Image.open(io.BytesIO(data)).getexif().get(0x0112, 1)
    entry["upright"] = crc(rgb_of(name, saved(turned, "PNG"), "drop")) if turned.mode == "RGB" else entry["drop"]
    if image.width * image.height <= 32:
        entry["raw"] = rgb_of(name, data, "drop").reshape(-1).tolist()
    return entry


FILTERS = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}


def old_order(image, size, kind):
    """Pillow before 13: rows first, always."""
    return image.resize((size[0], image.height), FILTERS[kind]).resize(size, FILTERS[kind])


def resizes():
    draw = np.random.default_rng(13)
    for index in range(150):
        w, h, nw, nh = (int(v) for v in draw.integers(1, 90, 4))
        kind = ("bilinear", "bicubic", "nearest")[index % 3]
        image = Image.fromarray(noise(w, h, index))
        entry = {"seed": index, "from": [w, h], "to": [nw, nh], "filter": kind}
        entry["pillow13"] = crc(np.asarray(image.resize((nw, nh), FILTERS[kind])))
        old = image.resize((nw, nh), FILTERS[kind]) if kind == "nearest" else old_order(image, (nw, nh), kind)
        entry["pillow12"] = crc(np.asarray(old))
        yield entry


def presets():
    weights = networks.models.get_model_weights
    chosen = [
        ("imagenet", weights("resnet50")["IMAGENET1K_V1"]),
        ("ResNet50_Weights.IMAGENET1K_V2", weights("resnet50")["IMAGENET1K_V2"]),
        ("vgg16-features", weights("vgg16")["IMAGENET1K_FEATURES"]),
        ("efficientnet_b0-v1", weights("efficientnet_b0")["IMAGENET1K_V1"]),
        ("efficientnet_v2_l", weights("efficientnet_v2_l")["IMAGENET1K_V1"]),
        ("inception_v3", weights("inception_v3")["IMAGENET1K_V1"]),
    ]
    for name, weight in chosen:
        steps = weight.transforms()
        for w, h in ((50, 37), (37, 50), (300, 301), (9, 200)):
            image = Image.fromarray(noise(w, h, w))
            cropped = F.center_crop(
                F.resize(image, steps.resize_size, interpolation=steps.interpolation, antialias=True), steps.crop_size
            )
            values = steps(image).numpy().astype("<f4")
            yield {"name": name, "from": [w, h], "seed": w, "bytes": crc(np.asarray(cropped)), "input": crc(values)}


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        if old.suffix in (".png", ".jpg"):
            old.unlink()
    manifest = {"files": [], "resizes": list(resizes()), "presets": list(presets())}
    for name, data in files():
        (FOLDER / name).write_bytes(data)
        manifest["files"].append(describe(name, data))
    grey = Image.fromarray(noise(31, 7, 21)).convert("L")
    manifest["luma"] = crc(np.asarray(grey))
    jpeg = Image.open(io.BytesIO(saved(Image.fromarray(noise(40, 30, 5)), "JPEG", quality=90)))
    manifest["jpeg90"] = crc(np.asarray(jpeg))
    manifest["crop"] = crc(np.asarray(F.center_crop(Image.fromarray(noise(11, 7, 3)), [10, 14])))
    lines = [f'"{key}": ' + (json.dumps(v) if not isinstance(v, list) else "[\n" + ",\n".join(json.dumps(e) for e in v) + "\n]") for key, v in manifest.items()]
    (FOLDER / "manifest.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(len(manifest["files"]), "files,", sum(f.stat().st_size for f in FOLDER.iterdir()), "bytes")


if __name__ == "__main__":
    main()
