"""The kind "goods": declarations, manifests, their items, and the control lists that are applied to them."""
