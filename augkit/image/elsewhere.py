"""What transforms of other libraries are called here: for errors about names that are not known.

`augkit.adapters.imports` turns whole pipelines into ones of this library; here are names alone.
"""

from __future__ import annotations

__all__ = ["ELSEWHERE"]

ELSEWHERE = {
    # albumentations
    "BboxParams": "Compose(box_format=, min_area=, min_visibility=)",
    "KeypointParams": "Compose(keypoints_at=, keep_outside=)",
    "Blur": "GaussianBlur",
    "Cutout": "CoarseDropout",
    "D4": "Rotate90 and HorizontalFlip",
    "Downscale": "Resize, twice",
    "Erasing": "CoarseDropout",
    "GaussNoise": "GaussianNoise",
    "GridDistortion": "ElasticTransform",
    "GridDropout": "CoarseDropout",
    "HueSaturationValue": "Hue and Saturation",
    "ISONoise": "ShotNoise and GaussianNoise",
    "ImageCompression": "JPEGCompression",
    "InvertImg": "Invert",
    "LongestMaxSize": "Resize(fit='inside')",
    "MedianBlur": "GaussianBlur",
    "MultiplicativeNoise": "Brightness",
    "OpticalDistortion": "ElasticTransform",
    "PadIfNeeded": "Pad(size=)",
    "RGBShift": "BrightnessShift",
    "RandomBrightness": "Brightness",
    "RandomBrightnessContrast": "Brightness (or BrightnessShift) and Contrast",
    "RandomContrast": "Contrast",
    "RandomGamma": "Gamma",
    "RandomRotate90": "Rotate90",
    "RandomScale": "Zoom",
    "RandomSizedCrop": "RandomResizedCrop",
    "Flip": "HorizontalFlip and VerticalFlip",
    "SafeRotate": "Rotate(expand=True)",
    "ShiftScaleRotate": "Affine",
    "SmallestMaxSize": "Resize(fit='cover')",
    "SquareSymmetry": "Rotate90 and HorizontalFlip",
    "ToGray": "Grayscale",
    "ToTensorV2": "Normalize, which gives (C, H, W)",
    "UnsharpMask": "Sharpen",
    # torchvision
    "RandomAdjustSharpness": "Sharpen",
    "RandomAffine": "Affine",
    "RandomAutocontrast": "AutoContrast",
    "RandomEqualize": "Equalize",
    "RandomErasing": "CoarseDropout",
    "RandomGrayscale": "Grayscale",
    "RandomHorizontalFlip": "HorizontalFlip",
    "RandomInvert": "Invert",
    "RandomPerspective": "Perspective",
    "RandomPosterize": "Posterize",
    "RandomRotation": "Rotate",
    "RandomSolarize": "Solarize",
    "RandomVerticalFlip": "VerticalFlip",
    "RandomZoomOut": "Zoom",
    "Scale": "Zoom",
    "ToTensor": "Normalize, which gives (C, H, W)",
    "TrivialAugmentWide": "TrivialAugment",
}
"""What to write instead, by the name elsewhere."""
