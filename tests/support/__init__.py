"""What the tests share: the matrix of laws, the reference of the contract, paths, and commands."""
