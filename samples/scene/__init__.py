"""A small path tracer in NumPy that makes the sample photographs, and their labels.

One file per idea: ``noise`` (lattice noise), ``sdf`` (shapes as signed distances), ``materials``
(colour of a surface), ``things`` (shape + material = an apple, a mug...), ``trace`` (rays against
a scene), ``light`` (what a ray sees), ``camera`` (rays and film), ``scenes`` (the pictures) and
``labels`` (files written from the renderer's object ids).

Lengths are in decimetres: an apple is about 0.8 wide. ``y`` is up and cameras look along ``-z``.
"""
