"""Pictures inside panels: textures that are written again only when their pixels change."""

from __future__ import annotations

import moderngl
import numpy as np
from imgui_bundle import ImVec2, imgui

_TEXELS = 256  # to which a smaller picture is enlarged
_FRAMES_KEPT = 120  # for which a picture stays that is not asked for


class HudImage:
    """One picture, with its pixels as sharp squares at every size.

    Attributes:
        ref: for `imgui.image` and draw lists.
        size: width and height in pixels of its own.
    """

    def __init__(self, ctx: moderngl.Context, pixels: np.ndarray):
        height, width, channels = pixels.shape
        self.size = (width, height)
        self._pixels = pixels.copy()
        # Dear ImGui smooths every texture; of squares that are enlarged it smooths the border only.
        self._enlarged = max(_TEXELS // max(self.size), 1)
        size = (width * self._enlarged, height * self._enlarged)
        self._texture = ctx.texture(size, channels, self._texels(), alignment=1)
        self._texture.repeat_x = self._texture.repeat_y = False
        self.ref = imgui.ImTextureRef(self._texture.glo)

    def show(self, width: float, height: float | None = None) -> None:
        """Show it at the cursor; without a height it keeps its shape.

        Args:
            width: physical pixels.
            height: physical pixels.
        """
        imgui.image(self.ref, ImVec2(width, height or width * self.size[1] / self.size[0]))

    def fits(self, pixels: np.ndarray) -> bool:
        """Whether `pixels` are of its shape."""
        return pixels.shape == self._pixels.shape

    def update(self, pixels: np.ndarray) -> None:
        """Show other pixels of the same shape."""
        if not np.array_equal(pixels, self._pixels):
            self._pixels = pixels.copy()
            self._texture.write(self._texels(), alignment=1)

    def release(self) -> None:
        """Free the texture."""
        self._texture.release()

    def _texels(self) -> bytes:
        return self._pixels.repeat(self._enlarged, 1).repeat(self._enlarged, 0).tobytes()


class HudImages:
    """Pictures by name; those that are no longer asked for are freed."""

    def __init__(self, ctx: moderngl.Context):
        self._ctx = ctx
        self._frame = 0
        self._images: dict[str, HudImage] = {}
        self._asked: dict[str, int] = {}  # frame in which it was, by name
        self._retired: list[HudImage] = []

    def __len__(self) -> int:
        return len(self._images)

    def get(self, name: str, pixels: np.ndarray) -> HudImage:
        """Return the picture of that name, with these pixels.

        Args:
            name: one picture for each, for as long as it is asked for in every frame.
            pixels: uint8 [height, width, 3 or 4], sRGB with straight alpha, the top row first.

        Raises:
            ValueError: `pixels` are misshapen or of another type.
        """
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
            raise ValueError(
                f"the picture {name!r} must be uint8 [height, width, 3 or 4], "
                f"not {pixels.dtype} {list(pixels.shape)}"
            )
        self._asked[name] = self._frame
        image = self._images.get(name)
        if image is not None and image.fits(pixels):
            image.update(pixels)
            return image
        if image is not None:  # this frame may still show it
            self._retired.append(image)
        self._images[name] = HudImage(self._ctx, pixels)
        return self._images[name]

    def next_frame(self) -> None:
        """Free what the frame that has been drawn did not need."""
        self._frame += 1
        for name, frame in list(self._asked.items()):
            if self._frame - frame > _FRAMES_KEPT:
                del self._asked[name]
                self._retired.append(self._images.pop(name))
        while self._retired:
            self._retired.pop().release()

    def release(self) -> None:
        """Free all of them."""
        self._retired += self._images.values()
        self._images.clear()
        self._asked.clear()
        while self._retired:
            self._retired.pop().release()
