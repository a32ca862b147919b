"""Fields of a layer's record: positions in an array of int64; see `forecast.kernels.layout`."""

PANELS = 0
UNITS = 1
FEATURES = 2
INPUTS = 3
H_ROW = 4
H_STEPS = 5
SAVED_ROW = 6
ACTIVATION = 7
RECURRENT_ACTIVATION = 8
D_X_ROW = 9
W_X = 10
W_H = 11
W_N = 12
T_X = 13
T_H = 14
T_N = 15
XS = 16
H = 17
C = 18
SAVED = 19
D_H = 20
D_C = 21
SPARE = 22
D_OUT = 23
D_X = 24
H_JUMP = 25
C_JUMP = 26
SAVED_JUMP = 27
DILATION = 28
LINKED = 29
D_END = 30

FIELDS = 31
