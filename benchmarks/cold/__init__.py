"""Whole programs: import, build, train on 1,920 windows for 20 epochs, predict, end."""
