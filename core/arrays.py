"""Shapes of the arrays in `core`, one letter an axis.

    N  neurons, numbered by `wiring`        B  rows of a batch
    E  edges (weights), numbered likewise   R  rows of the training set
    I  inputs of one layer                  P  rows of the probe
    O  outputs of one layer                 D  features of a sample
    S  optimizer steps

Within one signature a letter has one size. `AnyArray` marks inputs that may also be NumPy's.
"""

import numpy as np
from jax import Array
from jaxtyping import Bool, Float, Int, Int32, PRNGKeyArray

AnyArray = Array | np.ndarray

Scalar = Float[Array, ""]
Flag = Bool[Array, ""]
StepCount = Int32[Array, ""]
Key = PRNGKeyArray

Weight = Float[Array, "I O"]
Bias = Float[Array, "O"]
PerEdge = Float[Array, "E"]
PerNeuron = Float[Array, "N"]
PerOutput = Float[Array, "... O"]
Predictions = Int[Array, "..."]

Rows = Float[AnyArray, "B D"]
Labels = Int[AnyArray, "B"]
Samples = Float[AnyArray, "... D"]
Sample = Float[AnyArray, "D"]
Probe = Float[AnyArray, "P D"]

TrainRows = Float[Array, "R D"]
TrainLabels = Int[Array, "R"]
Order = Int32[Array, "R"]
BatchOrder = Int32[Array, "B"]
Losses = Float[Array, "S"]

# Similarity and layout: K places in a row of the neighbour table, G groups of neurons
NeighborTable = Int32[AnyArray, "N K"]
Affinities = Float[AnyArray, "N K"]
Squares = Float[Array, "B K"]
Column = Float[Array, "B 1"]
Coordinates = Float[Array, "*N 3"]
Kernel = Float[Array, "G"]
Vector = Float[Array, "3"]
Chunk = tuple[Coordinates, Array]  # some neurons, and their numbers
Anchors = Float[Array, "N 2"]
HostRows = Float[AnyArray, "B D"]
HostCoordinates = Float[np.ndarray, "B 3"]
