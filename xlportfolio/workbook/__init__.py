"""Workbooks: the protocol, the closed file behind it, and the tables that are found in one."""
