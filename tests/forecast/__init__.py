"""Will the year hold: the forecast, tried on simulated years and by hand."""
