"""Apprenticeship vacancies of firms."""
