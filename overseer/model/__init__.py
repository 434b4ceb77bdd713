"""Nouns: frozen dataclasses and enums, importing nothing of the other rooms."""
