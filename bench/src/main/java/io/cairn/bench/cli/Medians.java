package io.cairn.bench.cli;

import io.cairn.bench.report.Result;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Picks the run in the middle, for measurements whose runs cannot be added up.
 */
final class Medians {
    private Medians() {
    }

    /** The result with the median rate; of an even number, the slower of the two in the middle. */
    static Result byRate(final List<Result> results) {
        final List<Result> sorted = new ArrayList<>(results);
        sorted.sort(Comparator.comparingDouble(Result::achievedRate));
        return sorted.get((sorted.size() - 1) / 2);
    }
}
