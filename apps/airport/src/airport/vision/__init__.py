"""The airport's eyes: a generator that draws what cameras see, and models that look at the pixels.

Two halves that share nothing but JPEG bytes: `scene` (and what it draws with) is all that a camera needs;
`analyse` and `recognise` are all that image-analysis and face-recognition need. `train` and `accuracy` are the
only modules that use both. Nothing is imported here, so that a service loads only its own half.
"""
