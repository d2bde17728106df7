"""Image files as drawings: read, told apart from their ground, and fitted to a size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from neuronaut.core.pictures import PictureError, open_picture
from PIL import Image, ImageOps

from ..options import UserError

_MOST_PIXELS = 2**26  # in a file, 8192 × 8192
_LONGEST_PX = 1024  # of a side: a photograph needs no more
_CONTRAST = 0.05  # at least, between ink and ground


def read(path: Path, is_grey: bool) -> np.ndarray:
    """Read an image file.

    What is transparent becomes white, or black where on white nothing would be seen.

    Returns:
        float32 [h, w, 1], or [h, w, 3] if it is not to be grey, 0 to 1.
    Raises:
        UserError: it cannot be read.
    """
    try:
        with open_picture(path, _MOST_PIXELS) as file:
            image = ImageOps.exif_transpose(_eight_bit(_shrunk(file)))
            pixels = _over(image, "white")
            if image.has_transparency_data and np.ptp(pixels) <= _CONTRAST:
                pixels = _over(image, "black")
    except PictureError as error:
        raise UserError(f"{path} cannot be read as an image: {error}.") from error
    return pixels.mean(axis=2, keepdims=True) if is_grey else pixels


def ink_of(pixels: np.ndarray, path: Path) -> np.ndarray:
    """Return how much each pixel stands out from the ground, 0 to 1, float32 [h, w, C].

    The ground is what most of the border shows; ink may be darker or lighter. As much as the
    border itself varies counts as ground, as the grain of paper does.

    Raises:
        UserError: nothing stands out.
    """
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    ground = np.median(border, axis=0)
    darker, lighter = np.maximum(ground - pixels, 0), np.maximum(pixels - ground, 0)
    ink = darker if darker.max() > lighter.max() else lighter
    most = float(ink.max())
    grain = min(2 * float(np.quantile(np.abs(border - ground), 0.75)), most / 2)
    if most - grain <= _CONTRAST:
        raise UserError(f"{path} shows nothing: its pixels are all alike.")
    return (np.maximum(ink - grain, 0) / (most - grain)).astype(np.float32)


def fitted(ink: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a drawing as large as it can be in the middle of a frame, float32 [H, W, C]."""
    scale = min(size[0] / ink.shape[0], size[1] / ink.shape[1])
    height, width = (max(1, round(side * scale)) for side in ink.shape[:2])
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    frame = np.zeros((*size, ink.shape[2]), np.float32)
    frame[top : top + height, left : left + width] = _resized(ink, (height, width))
    return frame


def filling(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the middle of an image, filling a frame, float32 [H, W, C]."""
    scale = min(pixels.shape[0] / size[0], pixels.shape[1] / size[1])
    height, width = (max(1, round(side * scale)) for side in size)
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return _resized(pixels[top : top + height, left : left + width], size)


def _shrunk(image: Image.Image) -> Image.Image:
    """Return an image that is not larger than it need be."""
    if image.mode.startswith("I;"):
        image = image.convert("I")  # Pillow cannot shrink the others of whole numbers
    image.thumbnail((_LONGEST_PX, _LONGEST_PX))
    return image


def _eight_bit(image: Image.Image) -> Image.Image:
    """Return an image of deeper pixels, which Pillow would clip, with 8 bits from 0 to the most."""
    if not image.mode.startswith(("I", "F")):
        return image
    deep = np.nan_to_num(np.asarray(image, np.float64), posinf=0, neginf=0)
    low, span = deep.min(), np.ptp(deep)
    return Image.fromarray(np.uint8(255 * (deep - low) / (span if span > 0 else 1)))


def _over(image: Image.Image, color: str) -> np.ndarray:
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, color)
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return np.asarray(image.convert("RGB"), np.float32) / 255


def _resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    wide_high = (size[1], size[0])
    channels = [
        np.asarray(Image.fromarray(values[..., c]).resize(wide_high, Image.Resampling.BOX))
        for c in range(values.shape[2])
    ]
    return np.clip(np.stack(channels, axis=2), 0, 1)
