"""The coefficients have the order they claim, at the ends of steps and within them."""

from __future__ import annotations

import numpy as np

from ketasim.engine import rodas5p as method


def one_step(t: float, y: float, h: float) -> tuple[float, list[float], float]:
    """One step on y' = y cos t - y^2 / 10; return the new value, the stages, the error."""

    def rate(t, y):
        return y * np.cos(t) - 0.1 * y * y

    jacobian, slope = np.cos(t) - 0.2 * y, -y * np.sin(t)
    stages: list[float] = []
    argument = y
    for s in range(method.STAGES):
        argument = y + sum(a * u for a, u in zip(method.A[s], stages, strict=True))
        right = rate(t + method.NODES[s] * h, argument) + h * method.TIME_WEIGHTS[s] * slope
        right += sum(c * u for c, u in zip(method.C[s], stages, strict=True)) / h
        stages.append(right / (1 / (method.GAMMA * h) - jacobian))
    return argument + stages[-1], stages, stages[-1]


def exact(t: float) -> float:
    """y(t) from y(0) = 1, by a fine grid of steps (error far below those measured)."""
    y, n = 1.0, 4000
    for k in range(n):
        y = one_step(k * t / n, y, t / n)[0]
    return y


def test_the_method_has_order_five():
    truth = exact(1.0)
    errors = []
    for n in (4, 8, 16):
        y = 1.0
        for k in range(n):
            y = one_step(k / n, y, 1 / n)[0]
        errors.append(abs(y - truth))
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert np.all(orders > 4.7), orders


def test_the_interpolant_has_order_four():
    errors = []
    for h in (0.2, 0.1, 0.05, 0.025):
        y1, stages, _ = one_step(0.0, 1.0, h)
        k1, k2, k3 = (np.dot(row, stages) for row in method.DENSE)
        worst = 0.0
        for theta in (0.25, 0.5, 0.8):
            rest = 1 - theta
            y = rest + theta * (y1 + rest * (k1 + theta * (k2 + theta * k3)))
            worst = max(worst, abs(y - exact(theta * h)))
        errors.append(worst)
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    # order 4 overall is order 5 within one step; the mean evens out changes of sign
    assert orders.mean() > 4.5, orders


def test_the_error_estimate_has_order_five():
    sizes = [abs(one_step(0.0, 1.0, h)[2]) for h in (0.2, 0.1, 0.05, 0.025)]
    assert np.log2(np.divide(sizes[:-1], sizes[1:])).mean() > 4.5
