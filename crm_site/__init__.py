"""Wires the apps together; knows no business."""
