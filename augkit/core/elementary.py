"""Elementary functions from IEEE ``+ - * /`` and ``sqrt`` alone.

The C library's ``log``, ``exp``, ``sin`` and ``cos`` differ in the last bit between platforms and
releases. Everything that is drawn, and every matrix made from it, goes through these instead, so
that one key gives one plan on every machine. They are accurate to a few units in the last place.
"""

from __future__ import annotations

from math import frexp, ldexp, sqrt

__all__ = ["CENTRE", "MIDDLE", "TAIL", "cos_sin", "exp", "log", "normal_quantile"]

_LN2 = 0.6931471805599453
_SQRT_HALF = 0.7071067811865476
_ATANH = tuple(1.0 / odd for odd in range(25, 0, -2))
_RADIANS = 0.017453292519943295  # pi / 180
_C4, _C6, _C8, _C10, _C12, _C14, _C16 = (
    1 / 24,
    -1 / 720,
    1 / 40320,
    -1 / 3628800,
    1 / 479001600,
    -1 / 87178291200,
    1 / 20922789888000,
)
_S3, _S5, _S7, _S9, _S11, _S13, _S15 = (
    -1 / 6,
    1 / 120,
    -1 / 5040,
    1 / 362880,
    -1 / 39916800,
    1 / 6227020800,
    -1 / 1307674368000,
)


def log(x: float) -> float:
    """Natural logarithm of ``x > 0``.

    >>> log(1.0)
    0.0
    """
    mantissa, exponent = frexp(x)
    if mantissa < _SQRT_HALF:
        mantissa, exponent = mantissa * 2.0, exponent - 1
    # ln m = 2 atanh((m - 1) / (m + 1)), with |z| <= 0.1716 the series ends after a dozen terms.
    z = (mantissa - 1.0) / (mantissa + 1.0)
    square = z * z
    total = 0.0
    for coefficient in _ATANH:
        total = total * square + coefficient
    return exponent * _LN2 + 2.0 * z * total


def exp(x: float) -> float:
    """Exponential of ``x`` in about [-700, 700].

    >>> exp(0.0)
    1.0
    """
    halvings = round(x / _LN2)
    rest = x - halvings * _LN2  # |rest| <= 0.35: the Taylor series ends after 16 terms
    total = 1.0 + rest * (1.0 + rest * (1.0 + rest / 16.0) / 15.0) / 14.0
    total = 1.0 + rest * (1.0 + rest * (1.0 + rest * total / 13.0) / 12.0) / 11.0
    total = 1.0 + rest * (1.0 + rest * (1.0 + rest * total / 10.0) / 9.0) / 8.0
    total = 1.0 + rest * (1.0 + rest * (1.0 + rest * total / 7.0) / 6.0) / 5.0
    total = 1.0 + rest * (1.0 + rest * (1.0 + rest * total / 4.0) / 3.0) / 2.0
    return ldexp(1.0 + rest * total, halvings)


def cos_sin(degrees: float) -> tuple[float, float]:
    """Cosine and sine of an angle in degrees, exact at every multiple of 90.

    >>> cos_sin(90.0)
    (0.0, 1.0)
    """
    quarter = round(degrees / 90.0)
    x = (degrees - 90.0 * quarter) * _RADIANS  # |x| <= pi / 4: the Taylor series end soon
    s = x * x
    cosine = 1.0 + s * (
        -0.5 + s * (_C4 + s * (_C6 + s * (_C8 + s * (_C10 + s * (_C12 + s * (_C14 + s * _C16))))))
    )
    sine = x + x * s * (
        _S3 + s * (_S5 + s * (_S7 + s * (_S9 + s * (_S11 + s * (_S13 + s * _S15)))))
    )
    quarter %= 4
    if quarter == 0:
        return cosine, sine + 0.0  # + 0.0 turns -0.0 into 0.0
    if quarter == 1:
        return 0.0 - sine, cosine
    if quarter == 2:
        return -cosine, 0.0 - sine
    return sine + 0.0, -cosine


# Wichura's algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477-484: the coefficients of
# the three rational approximations, numerators before denominators, constant term first.
CENTRE = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
MIDDLE = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
TAIL = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)


def _ratio(
    coefficients: tuple[tuple[float, ...], tuple[float, ...]],
    x: float,
) -> float:
    top = bottom = 0.0
    for numerator, denominator in zip(
        reversed(coefficients[0]), reversed(coefficients[1]), strict=True
    ):
        top = top * x + numerator
        bottom = bottom * x + denominator
    return top / bottom


def normal_quantile(u: float) -> float:
    """The standard normal quantile of ``0 < u < 1`` (Wichura's AS 241, relative error 1e-16).

    >>> normal_quantile(0.5)
    0.0
    """
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        return q * _ratio(CENTRE, 0.180625 - q * q)
    r = sqrt(-log(u if q < 0.0 else 1.0 - u))
    value = _ratio(MIDDLE, r - 1.6) if r <= 5.0 else _ratio(TAIL, r - 5.0)
    return -value if q < 0.0 else value
