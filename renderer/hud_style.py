"""How the panels look: fonts, sizes, and the colours that a theme gives them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import imgui_bundle
import numpy as np
from imgui_bundle import ImVec2, ImVec4, imgui, implot

from .palettes import Rgb, Theme, category_colors, ramp

TEXT_PX = 16.0  # nominal height of a line of text
# What Roboto lacks, in the order in which it is looked for: arrows and ticks, icons by their
# Unicode characters (▶ ⏸ ↺ ⚙ …), and the signs of mathematics (∇ ∈ …); each at the share of the
# text's size that looks as large as it.
_FALLBACKS = {
    "Inconsolata-Medium.ttf": 1.2,
    "Font_Awesome_6_Free-Solid-900.otf": 0.8,
    "latex/latinmodern-math.otf": 0.95,
}
_LIGHT_HINTING = 1 << 3  # of Dear ImGui's FreeType loader: leaves the space between letters alone
_CLASSES = 10  # colours of the default colour map of plots

Rgba = tuple[float, float, float, float]


@dataclass(frozen=True)
class PlotMaps:
    """Colour maps of one ImPlot context, for `implot.push_colormap`.

    Attributes:
        categories: a colour for each class or series; the default of all plots.
        values: from −1 over zero in its middle to 1, as neurons show them.
    """

    categories: int
    values: int


@dataclass(frozen=True)
class Fonts:
    """Fonts of one Dear ImGui context, for `imgui.push_font(font, size)`, size 0 for the same.

    Attributes:
        text: of everything, unless said otherwise.
        strong: of headings and of figures that count.
    """

    text: imgui.ImFont
    strong: imgui.ImFont


def load_fonts() -> Fonts:
    """Add the fonts to the current context; glyphs are drawn when they are first shown."""
    return Fonts(_load("Roboto-Regular.ttf"), _load("Roboto-Medium.ttf"))


def apply_style(theme: Theme, scale: float) -> PlotMaps:
    """Give the current contexts of Dear ImGui and ImPlot their looks.

    Args:
        theme: of the scene behind.
        scale: physical pixels per nominal pixel.
    """
    style = imgui.Style()
    _set_sizes(style)
    style.scale_all_sizes(scale)
    style.font_size_base = TEXT_PX
    style.font_scale_dpi = scale
    for name, color in _colors(_Inks(theme)).items():
        style.set_color_(imgui.Col_[name], ImVec4(*color))
    imgui.get_current_context().style = style
    return _style_plots(theme, scale)


def _load(name: str) -> imgui.ImFont:
    fonts = imgui.get_io().fonts
    config = imgui.ImFontConfig()
    config.font_loader_flags = _LIGHT_HINTING
    with resources.as_file(resources.files("font_roboto") / "files" / name) as file:
        font = fonts.add_font_from_file_ttf(str(file), TEXT_PX, config)
    config.merge_mode = True
    folder = Path(imgui_bundle.__file__).parent / "assets" / "fonts"
    for fallback, size in _FALLBACKS.items():
        if (folder / fallback).exists():
            config.extra_size_scale = size
            fonts.add_font_from_file_ttf(str(folder / fallback), TEXT_PX, config)
    return font


def _set_sizes(style: imgui.Style) -> None:
    """Set nominal pixels."""
    for corner in ("window", "child", "popup", "frame", "tab", "grab", "scrollbar"):
        setattr(style, f"{corner}_rounding", 6.0)
    style.grab_rounding = style.selectable_rounding = style.menu_item_rounding = 4.0
    style.window_padding = ImVec2(14, 12)
    style.frame_padding = ImVec2(9, 5)
    style.cell_padding = ImVec2(6, 4)
    style.item_spacing = ImVec2(8, 7)
    style.item_inner_spacing = ImVec2(7, 5)
    style.indent_spacing = 18.0
    style.scrollbar_size = 11.0
    style.grab_min_size = 14.0
    style.window_border_size = style.popup_border_size = style.child_border_size = 1.0
    style.tab_bar_border_size = 1.0
    style.tab_bar_overline_size = 2.0
    style.docking_separator_size = 2.0
    style.separator_text_border_size = 1.0
    style.separator_text_padding = ImVec2(0, 4)
    style.window_menu_button_position = imgui.Dir.none
    style.docking_node_has_close_button = False
    style.hover_delay_normal = 0.5


class _Inks:
    """The few colours that all others are mixed from."""

    def __init__(self, theme: Theme):
        self.panel = theme.background_border if not theme.ink else (0.995, 0.995, 0.995)
        if not theme.ink:
            self.panel = mix(theme.background_border, theme.background_center, 0.75)
        self.text, self.quiet = theme.text, theme.quiet_text
        self.accent = mix(theme.negative, theme.text, 0.12)
        self.warning = theme.notice

    def raised(self, share: float) -> Rgb:
        """The panel with some of the text's colour in it."""
        return mix(self.panel, self.text, share)

    def tinted(self, share: float) -> Rgb:
        """The panel with some of the accent in it."""
        return mix(self.panel, self.accent, share)


def _colors(inks: _Inks) -> dict[str, Rgba]:
    """Return the colour of everything that Dear ImGui draws, by its name in `imgui.Col_`."""
    solid = _surfaces(inks) | _controls(inks)
    return {name: (*color, 1.0) for name, color in solid.items()} | _sheer(inks)


def _surfaces(inks: _Inks) -> dict[str, Rgb]:
    raised, tinted = inks.raised, inks.tinted
    return {
        "text": inks.text,
        "text_disabled": inks.quiet,
        "text_link": inks.accent,
        "popup_bg": raised(0.04),
        "border": raised(0.13),
        "frame_bg": raised(0.07),
        "frame_bg_hovered": raised(0.11),
        "frame_bg_active": tinted(0.30),
        "title_bg": inks.panel,
        "title_bg_active": inks.panel,
        "title_bg_collapsed": inks.panel,
        "menu_bar_bg": inks.panel,
        "scrollbar_grab": raised(0.18),
        "scrollbar_grab_hovered": raised(0.26),
        "scrollbar_grab_active": raised(0.34),
    }


def _controls(inks: _Inks) -> dict[str, Rgb]:
    raised, tinted = inks.raised, inks.tinted
    return {
        "check_mark": inks.accent,
        "checkbox_selected_bg": tinted(0.28),
        "slider_grab": tinted(0.60),
        "slider_grab_active": tinted(0.80),
        "button": raised(0.11),
        "button_hovered": tinted(0.45),
        "button_active": tinted(0.65),
        "header": tinted(0.28),
        "header_hovered": tinted(0.38),
        "header_active": tinted(0.50),
        "separator": raised(0.13),
        "separator_hovered": tinted(0.60),
        "separator_active": inks.accent,
        "resize_grip_hovered": tinted(0.60),
        "resize_grip_active": inks.accent,
        "tab": inks.panel,
        "tab_hovered": raised(0.13),
        "tab_selected": raised(0.09),
        "tab_selected_overline": inks.accent,
        "tab_dimmed": inks.panel,
        "tab_dimmed_selected": raised(0.09),
        "tab_dimmed_selected_overline": raised(0.25),
        "plot_lines": inks.accent,
        "plot_histogram": tinted(0.85),
        "table_header_bg": raised(0.06),
        "table_border_strong": raised(0.13),
        "table_border_light": raised(0.08),
        "tree_lines": raised(0.20),
        "drag_drop_target": inks.warning,
        "nav_cursor": inks.accent,
        "input_text_cursor": inks.text,
        "unsaved_marker": inks.warning,
    }


def _sheer(inks: _Inks) -> dict[str, Rgba]:
    clear = (*inks.panel, 0.0)
    return {
        "window_bg": (*inks.panel, 0.94),
        "child_bg": clear,
        "scrollbar_bg": clear,
        "resize_grip": clear,
        "docking_empty_bg": clear,
        "docking_preview": (*inks.accent, 0.45),
        "table_row_bg": clear,
        "table_row_bg_alt": (*inks.text, 0.03),
        "text_selected_bg": (*inks.accent, 0.35),
        "modal_window_dim_bg": (*inks.panel, 0.55),
    }


def _style_plots(theme: Theme, scale: float) -> PlotMaps:
    inks = _Inks(theme)
    style = implot.Style()
    style.plot_padding = ImVec2(6 * scale, 6 * scale)
    style.label_padding = ImVec2(5 * scale, 4 * scale)
    style.legend_padding = ImVec2(8 * scale, 8 * scale)
    style.legend_inner_padding = ImVec2(6 * scale, 5 * scale)
    style.legend_spacing = ImVec2(6 * scale, 3 * scale)
    style.mouse_pos_padding = ImVec2(8 * scale, 8 * scale)
    style.annotation_padding = ImVec2(4 * scale, 3 * scale)
    style.fit_padding = ImVec2(0.0, 0.06)
    style.plot_default_size = ImVec2(360 * scale, 220 * scale)
    style.plot_min_size = ImVec2(80 * scale, 60 * scale)
    style.major_tick_len = style.minor_tick_len = ImVec2(0, 0)
    style.major_grid_size = style.minor_grid_size = ImVec2(scale, scale)
    style.minor_alpha = 0.35
    style.plot_border_size = 0.0
    colors: dict[str, Rgba] = {
        "frame_bg": (*inks.panel, 0.0),
        "plot_bg": (*inks.text, 0.035),
        "plot_border": (*inks.text, 0.0),
        "legend_bg": (*inks.raised(0.04), 0.85),
        "legend_border": (*inks.text, 0.0),
        "legend_text": (*inks.text, 1.0),
        "title_text": (*inks.text, 1.0),
        "inlay_text": (*inks.text, 1.0),
        "axis_text": (*inks.quiet, 1.0),
        "axis_grid": (*inks.text, 0.10),
        "axis_tick": (*inks.text, 0.10),
        "axis_bg": (*inks.text, 0.0),
        "axis_bg_hovered": (*inks.text, 0.06),
        "axis_bg_active": (*inks.text, 0.10),
        "selection": (*inks.accent, 1.0),
        "crosshairs": (*inks.text, 0.5),
    }
    for name, color in colors.items():
        style.set_color_(implot.Col_[name], ImVec4(*color))
    maps = PlotMaps(
        _colormap("categories", category_colors(_CLASSES, theme=theme.name), distinct=True),
        _colormap("values", ramp(theme.neuron_stops, 65), distinct=False),
    )
    style.colormap = maps.categories
    implot.set_style(style)
    return maps


def _colormap(name: str, colors: np.ndarray, *, distinct: bool) -> int:
    """Return a map by its uint8 colours [count, 3]; ImPlot keeps every map that was ever added."""
    name = f"{name} {zlib.crc32(colors.tobytes()):08x}"
    known = implot.get_colormap_index(name)
    if known >= 0:
        return known
    opaque = np.pad(colors.astype("f4") / 255.0, ((0, 0), (0, 1)), constant_values=1.0)
    return implot.add_colormap(name, opaque, distinct)


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    """Return `a` with a share of `b`."""
    red, green, blue = (x + share * (y - x) for x, y in zip(a, b, strict=True))
    return red, green, blue
