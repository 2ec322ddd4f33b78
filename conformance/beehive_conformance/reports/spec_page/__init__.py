"""The spec as one page of HTML that stands by itself."""
