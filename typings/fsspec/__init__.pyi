# The part of fsspec that the library stands on; fsspec itself has no types.
