"""Layers and models in Keras' words, on the cells and the trainer of the forecasters."""
