"""Programmes, modules and lessons as pages; their frozen versions."""
