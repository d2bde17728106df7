"""Pictures from outside: opened only in formats that are known, and only if they are not too large.

Pillow tells a format from the content, whatever the name is; some formats start other programs.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from .outside import brief, read_file

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
_MOST_BYTES = 2**28


class PictureError(ValueError):
    """A file holds no picture that can be read; what is wrong, as a part of a sentence."""


@contextmanager
def open_picture(path: Path, most_pixels: int) -> Iterator[Image.Image]:
    """Open a picture, to be decoded within the context.

    Raises:
        PictureError: it cannot be read, or decoding fails, or it is too large.
    """
    try:
        # Not from the file itself, as Pillow would ask it for as much as a damaged chunk says.
        content = io.BytesIO(read_file(path, _MOST_BYTES))
        # Pillow warns of what it passes over, as in a photograph's notes.
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(content, formats=FORMATS) as image,
        ):
            if image.width * image.height > most_pixels:
                raise PictureError(
                    f"it has {image.width}×{image.height} pixels; {most_pixels:,} are the most"
                )
            yield image
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError(f"it is none of {', '.join(FORMATS)}") from error
    except OSError as error:
        raise PictureError(brief(error.strerror or error)) from error
    except Exception as error:  # decoders raise whatever a broken file makes them stumble on
        raise PictureError(brief(error) or "it is damaged") from error
