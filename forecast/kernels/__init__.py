"""The compiled loops, in float32: whole layers and whole networks, forward, backward and update.

Nothing here imports Numba but what has to be compiled (`unit`, `vector`, `tile`, `memory`, the
cells and what runs them) and `compiler`; `library` loads machine code that is there already.

Letters in the loops are those of `docs/math.md`; what stands where is said in `layout`.
"""
