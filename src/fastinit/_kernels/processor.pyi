def supports(isa: str) -> bool:
    """Whether this CPU and its operating system can run the kernels of an instruction set."""
