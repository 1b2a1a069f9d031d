"""What every layer uses: checks of options, and imports of optional libraries."""
