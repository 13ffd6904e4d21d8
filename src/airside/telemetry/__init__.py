"""Scraped lines -> windows -> figures."""
