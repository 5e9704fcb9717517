"""Archive: what must be kept for ever goes out as MDTO; what must go is destroyed by its key, and that is proven."""
