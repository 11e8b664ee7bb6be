"""The desk: `perform` is the only write path; who may act, evidence, tickets, sessions."""
