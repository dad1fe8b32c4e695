"""What the kinds of subjects share."""
