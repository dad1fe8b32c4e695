"""The pages of flights and travellers."""
