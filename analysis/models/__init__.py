"""Heavy models that a researcher brings: a local folder, or an endpoint."""
