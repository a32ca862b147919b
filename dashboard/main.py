"""The frame: navigation over the screens in `pages/`."""

from dashboard.frame import run_screen

run_screen()
