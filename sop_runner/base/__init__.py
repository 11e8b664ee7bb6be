"""What every layer may use: errors, exit codes, findings, canonical bytes, ids, the clock."""
