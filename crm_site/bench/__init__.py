"""How fast the running product is: fills a database of its own once, drives it over HTTP, prints one JSON line per item."""
