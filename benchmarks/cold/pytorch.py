"""The program with PyTorch: python -m benchmarks.cold.pytorch THREADS."""

import sys

import torch

from benchmarks.cold.windows import BATCH, EPOCHS, UNITS, WINDOWS, windows

if sys.argv[1] != "all":
    torch.set_num_threads(int(sys.argv[1]))
x, y, last = (torch.from_numpy(array) for array in windows())
x, last = x.transpose(0, 1).contiguous(), last.transpose(0, 1)
cell, head = torch.nn.GRU(1, UNITS), torch.nn.Linear(UNITS, 1)
adam = torch.optim.Adam([*cell.parameters(), *head.parameters()], lr=1e-3, fused=True)
for _ in range(EPOCHS):
    for chosen in torch.randperm(WINDOWS).split(BATCH):
        adam.zero_grad()
        outputs = head(cell(x[:, chosen])[1][-1])
        torch.nn.functional.mse_loss(outputs, y[chosen]).backward()
        adam.step()
with torch.inference_mode():
    print(head(cell(last)[1][-1]))
