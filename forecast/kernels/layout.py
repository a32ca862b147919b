"""How a kernel finds its numbers.

A plan is an array of int64 (`plan_fields`), a layer's record another (`layer_fields`); places count
floats, addresses bytes.

    P   panels: units in sixteens, rounded up        R   rows of a block
    Q   columns of 16 that a panel keeps a step      T   timesteps

Weights lie as columns of 16 units, every column with all its rows one below the other:

    input weights       (P, gates, inputs, 16)    the last row of `inputs` is the bias
    recurrent weights   (P, gates, h_steps, 16)   GRU with reset_after has one more row, its second
                                                  bias; without it, n stands apart (P, h_steps, 16)
    turned around       (row panels, P · gates · 16, 16)

Scratch of one thread, for a layer:

    xs     (T, R, inputs)       inputs, with a one in the last column where there is a bias
    h      (T + 1, R, h_row)    hidden states; a one in column 16 P where the row is longer
    c      (T + 1, R, 16 P)     LSTM's cell states; −1 where there are none
    saved  (T, R, P, Q, 16)     gates; the backward pass puts their gradients in their place
    d_h, d_c (dilation, R, 16 P)   gradients of the states, those of step t in part t % dilation
    spare  (R, 16 P)            room for one more product
    d_end  (R, 16 P)            gradient of what the head reads
    d_out  (T, R, 16 P)         gradient of the outputs of all steps
    d_x    (T, R, d_x_row)      gradient of the inputs; a row of 0 where nobody asks

A network that only looks ahead keeps one step of everything: its jumps from step to step are 0.
"""
