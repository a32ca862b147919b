"""Fields of a plan: positions in an array of int64; see `forecast.kernels.layout`."""

MODE = 0
LAYERS = 1
COUNT = 2
BATCH = 3
ROWS = 4
TIMESTEPS = 5
FEATURES = 6
OUTPUTS = 7
OUT_ROW = 8
HEAD_INPUTS = 9
W_HEAD = 10
T_HEAD = 11
SIZE = 12
ARENA_SIZE = 13
THREADS = 14
CHUNK = 15
LOSS = 16
OPTIMIZER = 17
NESTEROV = 18
UPDATES = 19
MASKED = 20
SCORED = 21
STATEFUL = 22
SEED = 23
TOP = 24
OUT = 25
D_OUT = 26
LIVE = 27
FINISHED = 28
STATE_ROW = 29
EPOCHS = 30
FINISHED_EPOCHS = 31
PATIENCE = 32
SINCE_BEST = 33
TARGETS_SCORED = 34
WIDTH = 35
BESIDE = 36
ENDS = 37

# Addresses.
RECORDS_AT = 38
CONSTANTS_AT = 39
PARAMETERS_AT = 40
FIRST_AT = 41
SECOND_AT = 42
TRANSPOSED_AT = 43
GRADIENTS_AT = 44
ARENA_AT = 45
INPUTS_AT = 46
TARGETS_AT = 47
OBSERVED_AT = 48
MASK_AT = 49
ORDER_AT = 50
RATES_AT = 51
LOSSES_AT = 52
NORMS_AT = 53
BLOCK_LOSSES_AT = 54
SQUARES_AT = 55
COUNTERS_AT = 56
PREDICTIONS_AT = 57
STATES_AT = 58
SLEEP_AT = 59
VALIDATION_AT = 60
VAL_LOSSES_AT = 61
BEST_AT = 62
BEST_LOSS_AT = 63
QUANTILES_AT = 64
BESIDE_AT = 65

FIELDS = 66

# Positions among the constants, an array of float64.
BETA_1 = 0
BETA_2 = 1
RHO = 2
MOMENTUM = 3
EPSILON = 4
CLIP = 5
DROPOUT = 6
BETA_1_POWER = 7  # βᵗ after t updates
BETA_2_POWER = 8

CONSTANTS = 9

# Positions among the counters that threads share, a cache line apart.
NEXT = 0  # block that nobody has taken
ARRIVED = 8  # at a meeting
DONE = 16  # helpers that are through with a call
CALL = 24  # the newest call: 65536 · its number + its threads
SEEN = 32  # and on: the newest call that each thread has seen
MOST_THREADS = 256

COUNTERS = SEEN + MOST_THREADS

# Choices.
TRAIN, EVALUATE, PREDICT, FORWARD, BACKWARD = 0, 1, 2, 3, 4
MSE, MAE, HUBER, QUANTILE, STUDENT = 0, 1, 2, 3, 4
ADAM, RMSPROP, SGD = 0, 1, 2
