"""Object stores: URLs with the methods of `pathlib.Path`, and uploads in parts."""
