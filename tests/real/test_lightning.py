"""Lightning: modules that are constructed and configured within a Trainer's, and Fabric's, context."""

from __future__ import annotations

import lightning
import pytest
import torch
from torch import nn

from tests.real.construction import check_construction


class Classifier(lightning.LightningModule):
    """Layers made in the constructor, and others in Lightning's hook for large models."""

    def __init__(self, width=32):
        super().__init__()
        self.save_hyperparameters()
        self.body = nn.Sequential(nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU())
        self.scale = nn.Parameter(nn.init.normal_(torch.empty(width), std=0.1))
        self.head = None

    def configure_model(self):
        if self.head is None:
            self.head = nn.Linear(self.hparams.width, 10)


def trainer(**options):
    return lightning.Trainer(
        accelerator="cpu", devices=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, **options,
    )  # fmt: skip


def in_init_module(of):
    def build():
        with of().init_module():
            module = Classifier()
            module.configure_model()
        return module

    return build


PROGRAMS = {
    "Trainer.init_module": in_init_module(trainer),
    "Fabric.init_module": in_init_module(lambda: lightning.Fabric(accelerator="cpu", devices=1)),
    "bfloat16": in_init_module(lambda: trainer(precision="bf16-true")),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_construction(program):
    assert check_construction(PROGRAMS[program]) > 1000
