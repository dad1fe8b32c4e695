"""Commands for the Border Security Initiative."""
