"""How long what is kept: profiles, masking into the vault, deletion, unmasking for a while, proof."""
