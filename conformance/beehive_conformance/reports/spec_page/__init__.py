"""The spec as one self-contained HTML page."""
