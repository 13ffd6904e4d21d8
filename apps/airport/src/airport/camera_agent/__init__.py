"""Camera agent: streams the frames of one camera to whoever is to look at them."""
