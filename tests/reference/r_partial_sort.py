"""The partial sort R's ``stl`` takes its median with (Singleton, CACM 347, as in netlib's stl), to show where openair's season differs."""

from __future__ import annotations

import numpy as np

_SMALL = 10


def six_medians(values) -> float:
    """Three times the two middle values as ``stlrwt`` finds them: it asks for the places n/2 + 1 and n/2, the larger first."""
    upper = len(values) // 2 + 1
    places = [upper, len(values) - upper + 1]
    found = partial_sort(values, places)
    return 3.0 * (found[places[0] - 1] + found[places[1] - 1])


def partial_sort(values, places: list[int]) -> np.ndarray:
    """`values` with the smallest at their places (from 1), as far as the routine brings it: it relies on `places` rising."""
    a = np.r_[np.nan, np.asarray(values, float)]
    waiting: list[tuple[int, int, int, int]] = []
    low, high, first, last = 1, a.size - 1, 1, len(places)
    while True:
        while high - low > _SMALL or (low == 1 and low < high):
            left, right = _split(a, low, high)
            if right - low <= high - left:
                rest, low, high = (left, high), low, right
                kept = last
                while first <= last and places[last - 1] > high:
                    last -= 1
                waiting.append((*rest, last + 1, kept) if first <= last else (*rest, first, kept))
            else:
                rest, low, high = (low, right), left, high
                kept = first
                while first <= last and places[first - 1] < low:
                    first += 1
                waiting.append((*rest, kept, first - 1) if first <= last else (*rest, kept, last))
            if first > last:
                break
        else:
            for k in range(low, high):
                _insert(a, k + 1)
        while True:
            if not waiting:
                return a[1:]
            low, high, first, last = waiting.pop()
            if first <= last:
                break


def _insert(a: np.ndarray, k: int) -> None:
    value = a[k]
    while a[k - 1] > value:
        a[k] = a[k - 1]
        k -= 1
    a[k] = value


def _split(a: np.ndarray, low: int, high: int) -> tuple[int, int]:
    """Split about the median of three: (start of the upper part, end of the lower)."""
    middle = (low + high) // 2
    for one, other in ((low, middle), (middle, high), (low, middle)):
        if a[one] > a[other]:
            a[one], a[other] = a[other], a[one]
    pivot, left, right = a[middle], low, high
    while True:
        right -= 1
        while a[right] > pivot:
            right -= 1
        left += 1
        while a[left] < pivot:
            left += 1
        if left > right:
            return left, right
        a[left], a[right] = a[right], a[left]
