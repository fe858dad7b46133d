"""Training: from a data folder to the model files that the package ships."""
