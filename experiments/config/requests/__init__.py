"""What commands may be asked for: frozen values, their defaults written once.

Flags take their defaults from the fields here, and the rooms take the values,
so that a program asks as a command line does. Nothing imports TensorFlow.
"""
