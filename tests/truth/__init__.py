"""The truth server: known TTFT, ITL and token counts, and its own stamps to hold a client's figures against."""
