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

# Addresses.
RECORDS_AT = 35
CONSTANTS_AT = 36
PARAMETERS_AT = 37
FIRST_AT = 38
SECOND_AT = 39
TRANSPOSED_AT = 40
GRADIENTS_AT = 41
ARENA_AT = 42
INPUTS_AT = 43
TARGETS_AT = 44
OBSERVED_AT = 45
MASK_AT = 46
ORDER_AT = 47
RATES_AT = 48
LOSSES_AT = 49
NORMS_AT = 50
BLOCK_LOSSES_AT = 51
SQUARES_AT = 52
COUNTERS_AT = 53
PREDICTIONS_AT = 54
STATES_AT = 55
SLEEP_AT = 56
VALIDATION_AT = 57
VAL_LOSSES_AT = 58
BEST_AT = 59
BEST_LOSS_AT = 60

FIELDS = 61

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
MSE, MAE, HUBER = 0, 1, 2
ADAM, RMSPROP, SGD = 0, 1, 2
