"""How the network learns: the clock, the rates, and what is built and trained."""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imgui_bundle import imgui
from neuronaut.core import datasets, network, training

from .. import values
from ..figures import figure, share
from ..options import TrainOptions, UserError
from ..training.trainer import Trainer
from . import widgets

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_OWN = "a file or folder …"
_SPEEDS = ("as fast as smooth", "1", "2", "4", "8", "16", "32", "64", "128", "256", "512")
_SHARES_PERCENT = (100 * values.TRAINING_SHARES[0], 100 * values.TRAINING_SHARES[1])


@dataclass(frozen=True)
class Draft:
    """What the person would like to train, as text; see `TrainOptions`."""

    data: str
    classes: str
    hidden: str
    activation: str
    loss: str
    optimizer: str

    @classmethod
    def of(cls, trainer: Trainer) -> Draft:
        """Return what is trained now."""
        options = trainer.options
        return cls(
            options.data,
            ", ".join(options.classes),
            ", ".join(map(str, trainer.sizes[1:-1])) or "0",
            options.activation,
            options.loss,
            options.optimizer,
        )

    def over(self, options: TrainOptions) -> TrainOptions:
        """Return options with what the draft asks for.

        Raises:
            UserError: a text is none of what it should be.
        """
        try:
            classes = values.names(self.classes) if self.classes.strip() else ()
            hidden = values.sizes(self.hidden)
        except argparse.ArgumentTypeError as error:
            raise UserError(f"{error}.") from error
        rate = options.learning_rate if self.optimizer == options.optimizer else None
        return dataclasses.replace(
            options,
            data=self.data.strip(),
            classes=classes,
            hidden=hidden,
            activation=self.activation,
            loss=self.loss,
            optimizer=self.optimizer,
            learning_rate=rate,  # one that suits an optimizer ruins another
        )


class TrainingPanel:
    """Play and pause, rates while it learns, and another network."""

    title = "Training"
    hint = "Let the network learn, step by step or at full speed, and choose what it learns."

    def __init__(self) -> None:
        self._draft: Draft | None = None
        self._drafted: Draft | None = None  # what was trained when the draft was begun

    def draw(self, lab: Laboratory) -> None:
        """Make the panel's contents."""
        self._clock(lab)
        self._measures(lab)
        imgui.separator_text("While it learns")
        self._rates(lab)
        imgui.separator_text("Network and data")
        self._network(lab)

    def _clock(self, lab: Laboratory) -> None:
        control, session = lab.control, lab.session
        if session.trainer.diverged:
            control.paused = True
        play, tip = ("▶ Play", "Let it learn (space).")
        if not control.paused:
            play, tip = ("⏸ Pause", "Let it wait; everything else goes on (space).")
        step = ("Step", "Take one optimizer step, then wait.")
        epoch = ("Epoch", "Take as many steps as show it every training sample once, then wait.")
        pressed = widgets.buttons([(play, tip), step, epoch])
        if pressed == play:
            control.paused = not control.paused
            session.trainer.set_rates()  # diverged training may try again
        elif pressed is not None:
            control.paused = True
            session.step_once() if pressed == "Step" else session.train_epoch()
        if widgets.buttons([("↺ Rewind", "Begin again, from the very same initial weights (R).")]):
            session.reset()
            if lab.pace is not None:
                lab.pace.restart()
        if advice := session.trainer.advice():
            widgets.warning(f"⚠ {advice[0].upper()}{advice[1:]}.")

    def _measures(self, lab: Laboratory) -> None:
        now = lab.session.measures
        widgets.quiet(f"step {now.step:,}  ·  epoch {now.epoch:,.1f}")
        named = {
            "loss": (figure(now.train_loss), "Mean loss over the latest training batches."),
            "train": (
                share(now.train_accuracy),
                "Share of training samples it gets right.",
            ),
            "test": (
                share(now.test_accuracy),
                "Share of samples it gets right that it has never learnt from.",
            ),
        }
        if imgui.begin_table("measures", len(named)):
            for name, (text, tip) in named.items():
                imgui.table_next_column()
                imgui.begin_group()
                widgets.quiet(name)
                widgets.strong(lab, text)
                imgui.end_group()
                imgui.set_item_tooltip(tip)
            imgui.end_table()

    def _rates(self, lab: Laboratory) -> None:
        trainer = lab.session.trainer
        rates, slide = trainer.rates, widgets.slide_rate
        changed = {
            "learning_rate": slide(
                lab, "Learning rate", float(rates.learning_rate), (1e-5, 1.0),
                "Size of a step along the gradient; too large and training diverges.",
            ),
            "l1": slide(
                lab, "L1", float(rates.l1 or 0.0), (1e-6, 0.1),
                "Penalty on |weight|: drives needless weights to zero.",
            ),
            "l2": slide(
                lab, "L2", float(rates.l2 or 0.0), (1e-6, 0.1),
                "Penalty on weight²: keeps all weights small.",
            ),
        }  # fmt: skip
        with widgets.telling(lab):
            if any(value is not None for value in changed.values()):
                trainer.set_rates(**changed)
        widgets.label(lab, "Batch")
        rows = widgets.number("Batch", trainer.config.batch, "Training samples in each step.")
        with widgets.telling(lab):
            if rows is not None:
                trainer.set_batch(round(rows))
        self._speed(lab)

    def _speed(self, lab: Laboratory) -> None:
        if lab.pace is None:
            return
        now = _SPEEDS[0] if lab.pace.fixed is None else str(lab.pace.fixed)
        tip = "Training steps between two pictures; by itself, as many as keep the picture smooth."
        chosen = widgets.choose(lab, "Steps a frame", now, _SPEEDS, tip)
        if chosen is not None:
            lab.pace.fixed = None if chosen == _SPEEDS[0] else int(chosen)
        if lab.pace.fixed is not None:
            return
        tip = "Share of the time between two pictures that training may take at most."
        percent = widgets.slide(
            lab, "Time at most", 100 * lab.pace.share, _SHARES_PERCENT, tip, "%.0f %%"
        )
        if percent is not None:
            lab.pace.share = percent / 100

    def _network(self, lab: Laboratory) -> None:
        now = Draft.of(lab.session.trainer)
        if self._draft is None or self._drafted != now:
            self._draft = self._drafted = now
        self._draft = draft = _edited(lab, self._draft)
        if widgets.buttons(
            [("Apply", "Build this network and train it; the camera stays where it is.")],
            enabled=draft != now,
        ):
            with widgets.telling(lab):
                lab.session.rebuild(draft.over(lab.session.trainer.options))
                lab.say("")
        if draft != now:
            widgets.quiet("not yet applied")


def _edited(lab: Laboratory, draft: Draft) -> Draft:
    """Let the person edit the draft; return it as it is now."""
    is_own = draft.data not in datasets.NAMES
    data = widgets.choose(
        lab, "Data set", _OWN if is_own else draft.data, (*datasets.NAMES, _OWN),
        "What it learns from: a built-in data set, or your own.",
    )  # fmt: skip
    changes: dict[str, str | None] = {"data": "" if data == _OWN else data}
    if is_own and data is None:
        tip = "An .npz with x and y, or a folder with a subfolder of images for each class."
        changes["data"] = widgets.type_in(lab, "Path", draft.data, tip, "path")[0]
    if data is not None:
        changes["classes"] = ""
    else:
        tip = "Names of the classes to learn, two or more, such as 0, 1; nothing for all."
        changes["classes"] = widgets.type_in(lab, "Classes", draft.classes, tip, "all")[0]
    tip = "Neurons of each hidden layer from input to output, such as 128, 64; 0 for none."
    changes["hidden"] = widgets.type_in(lab, "Hidden layers", draft.hidden, tip)[0]
    changes["activation"] = widgets.choose(
        lab, "Activation", draft.activation, network.ACTIVATIONS,
        "What a hidden neuron makes of its net input.",
    )  # fmt: skip
    changes["loss"] = widgets.choose(
        lab, "Loss", draft.loss, network.LOSSES, "What training makes small."
    )
    changes["optimizer"] = widgets.choose(
        lab, "Optimizer", draft.optimizer, training.OPTIMIZERS,
        "How a step follows the gradient; its usual learning rate comes with it.",
    )  # fmt: skip
    return dataclasses.replace(draft, **{k: v for k, v in changes.items() if v is not None})
