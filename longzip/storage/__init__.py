"""What is kept between runs: a file of byte strings, and models that use it. Knows no meaning of what it keeps."""
