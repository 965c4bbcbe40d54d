"""What the sample sounds are made of: a speaking voice, instruments, noises, and their labels."""
