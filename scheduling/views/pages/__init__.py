"""GET pages: read with a query, render."""
