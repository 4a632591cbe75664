"""Bulk imports: batches, rows, receipts, undo."""
