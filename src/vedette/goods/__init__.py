"""Goods: records of declarations, manifests and waybills, their message formats, control lists and codes."""
