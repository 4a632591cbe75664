"""The domain: rooms stacked in one order, every room furnished the same way (see README.md)."""
