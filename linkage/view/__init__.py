"""Models and results as pages to read: one HTML file each, without script or anything from outside."""
