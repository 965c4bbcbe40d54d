"""The modality-free core: streams, distributions, transforms, pipelines, recipes and specs."""
