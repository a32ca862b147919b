"""Cells, dense layer, losses, optimizers and initializers, in readable NumPy.

Shapes, everywhere in this room:

    x            (batch, timesteps, features)     inputs of a layer
    outputs      (batch, timesteps, units)        hidden state after every step
    state        tuple of (batch, units)          (h,) or, for LSTM, (h, c)
    mask         (batch, timesteps) of bool       False marks a padded step

Inside a cell everything is time-major, (timesteps, batch, …), so that one step is contiguous.
Gradients are called `d_<name>` and have the shape of `<name>`.
"""
