"""TestU01 on the words of fastinit: the library, the sources of words, and the batteries."""
