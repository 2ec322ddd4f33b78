"""The implementations that can be judged; the suite imports implementations only in this package."""
