"""What both families are made of: pyramid, cascade and serving contract."""
