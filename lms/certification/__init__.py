"""Certificates that stand on their own: issued once, printed apart, verified by anyone with the code.

Must not know how a course was completed (learning decides that) nor who reads the reports.
"""
