"""The outside world in a box: a separate program that behaves as the platforms do. It never imports the product."""
