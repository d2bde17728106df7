"""What an edit costs and gains: right answers before and now, class by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgui_bundle import ImVec2, imgui

from ..figures import share, signed
from ..lab.effect import Effect
from . import parts, widgets
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_MOST_ROWS = 12


class Effects:
    """The effect of the last edit, or of all of them."""

    def __init__(self) -> None:
        self._of_all = False
        self._found: Kept[Effect | None] = Kept(0.3)

    def draw(self, lab: Laboratory) -> None:
        """Make the section's contents."""
        edits, trainer = lab.session.edits, lab.session.trainer
        done = edits.done
        self._say_what(done)
        of_all = self._of_all and len(done) > 1
        effect = self._found.get(
            lambda: edits.effect(of_all),
            (trainer.beginning, len(done), len(edits.undone), of_all),
            parts.drift(lab.session),
        )
        if effect is None:
            return
        points = 100 * (effect.accuracy_now - effect.accuracy_before)
        widgets.strong(lab, f"{share(effect.accuracy_before)} → {share(effect.accuracy_now)}")
        imgui.set_item_tooltip("Share of all test samples answered rightly, before and now.")
        imgui.same_line()
        imgui.text_disabled(f"({signed(points, 1)} points)")
        if len(effect.changed):
            _table(lab, effect)
        else:
            widgets.quiet("Every class has as many right answers as before.")

    def _say_what(self, done: tuple[str, ...]) -> None:
        """Say whose effect it is; where there are several edits, a button asks for the other."""
        imgui.align_text_to_frame_padding()
        if len(done) == 1:
            imgui.text(widgets.fitted(done[-1], imgui.get_content_region_avail().x))
            imgui.set_item_tooltip(done[-1])
            return
        words = f"all {len(done)} edits" if self._of_all else done[-1]
        other = "Last edit" if self._of_all else f"All {len(done)} edits"
        style = imgui.get_style()
        width = imgui.calc_text_size(other).x + 2 * style.frame_padding.x
        left = imgui.get_content_region_avail().x - width
        imgui.text(widgets.fitted(words, left - style.item_spacing.x))
        imgui.set_item_tooltip(words)
        imgui.same_line(left)
        tip = "Compare with the network as it was before the last edit, or before all of them."
        if widgets.button(other, tip, width):
            self._of_all = not self._of_all


def _table(lab: Laboratory, effect: Effect) -> None:
    """Show the classes that have changed, the greatest loss first."""
    flags = imgui.TableFlags_.sizing_stretch_prop.value | imgui.TableFlags_.row_bg.value
    if not imgui.begin_table("effect", 3, flags):
        return
    for title, room in (("class", 1.0), ("right", 1.7), ("change", 1.5)):
        imgui.table_setup_column(title, 0, room)
    gain = effect.now - effect.before
    reach = int(abs(gain).max())
    for label in effect.changed[:_MOST_ROWS].tolist():
        name = lab.session.trainer.data.class_names[label]
        before, now = int(effect.before[label]), int(effect.now[label])
        imgui.table_next_column()
        imgui.selectable(f"{name}##effect", False, imgui.SelectableFlags_.span_all_columns.value)
        imgui.set_item_tooltip(
            f"Of {effect.samples[label]:,} test samples of class {name}, {before:,} were answered "
            f"rightly before, and {now:,} are now."
        )
        imgui.table_next_column()
        imgui.text(f"{before:,} → {now:,}")
        imgui.table_next_column()
        _bar(lab, int(gain[label]) / reach)
        imgui.text(signed(now - before, 0))
    imgui.end_table()
    if len(effect.changed) > _MOST_ROWS:
        widgets.quiet(f"and {len(effect.changed) - _MOST_ROWS} more classes")


def _bar(lab: Laboratory, part: float) -> None:
    """Draw a bar behind what comes next: losses in the colour of a warning."""
    at, room = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
    color = imgui.Col_.unsaved_marker if part < 0 else imgui.Col_.plot_histogram
    end = ImVec2(at.x + abs(part) * room, at.y + imgui.get_text_line_height())
    shade = imgui.get_color_u32(color, 0.35)
    imgui.get_window_draw_list().add_rect_filled(at, end, shade, 2 * lab.px)
