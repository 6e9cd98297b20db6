package io.cairn.engine.sim;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Looks for the least that still breaks the same invariant: first without kinds of faults, then with fewer clients, then within a shorter time, then
 * without single events (delta debugging: many at once first, halves of them where that does not do). Owner: one thread.
 */
final class Shrinker {
    private static final long MS = 1_000_000L;
    private static final int KEY_LENGTH = 24;

    private final Function<Reduction, Outcome> runs;
    private final LongSupplier clock;
    private final long deadlineNs;
    private Reduction least = Reduction.NONE;
    private Outcome failure;
    private int runCount;

    /**
     * What came of one run.
     *
     * @param failure what did not hold, null when all did.
     * @param atNs    time of the simulation at its end.
     * @param events  scheduled events that came due.
     * @param clients at work.
     */
    record Outcome(String failure, long atNs, int events, int clients) {
    }

    /**
     * @param runs     runs the seed with what is left.
     * @param clock    ns.
     * @param budgetNs no further run is begun after.
     */
    Shrinker(final Function<Reduction, Outcome> runs, final LongSupplier clock, final long budgetNs) {
        this.runs = runs;
        this.clock = clock;
        deadlineNs = clock.getAsLong() + budgetNs;
    }

    /**
     * @param from what failed.
     * @return the least that fails in the same way; {@code from} itself where nothing less does, or where it does not fail.
     */
    Reduction shrink(final Reduction from) {
        least = from;
        failure = null;
        final Outcome first = run(from);
        if (null == first.failure) {
            return from;
        }
        failure = first;
        shrinkTo(least.between(least.fromNs(), Math.min(least.untilNs(), up(first.atNs))));
        shrinkKinds();
        shrinkClients();
        shrinkTime();
        shrinkEvents();
        return least;
    }

    /** @return what did not hold with the least that was found; null when all did. */
    String failure() {
        return null == failure ? null : failure.failure;
    }

    /** @return runs that it took. */
    int runCount() {
        return runCount;
    }

    private static long up(final long ns) {
        return (ns / MS + 1) * MS;
    }

    private Outcome run(final Reduction reduction) {
        runCount++;
        return runs.apply(reduction);
    }

    private boolean isOver() {
        return clock.getAsLong() - deadlineNs >= 0;
    }

    /** The beginning of what is said names the invariant; what follows differs from run to run. */
    static String invariant(final String failure) {
        final String plain = failure.replaceAll("seed -?\\d+, step \\d+, at \\d+ ms: ", "").replaceAll("\\d+", "#");
        return plain.substring(0, Math.min(KEY_LENGTH, plain.length()));
    }

    private boolean shrinkTo(final Reduction reduction) {
        if (reduction.equals(least) || isOver()) {
            return false;
        }
        final Outcome outcome = run(reduction);
        if (null == outcome.failure || !invariant(outcome.failure).equals(invariant(failure.failure))) {
            return false;
        }
        least = reduction;
        failure = outcome;
        return true;
    }

    private void shrinkKinds() {
        final List<String> there = new ArrayList<>(Reduction.kinds());
        there.removeAll(least.without());
        reduce(there, removed -> {
            final Set<String> without = new LinkedHashSet<>(least.without());
            without.addAll(removed);
            return shrinkTo(least.withoutKinds(without));
        });
    }

    private void shrinkClients() {
        int clients = 1;
        while (clients < failure.clients && !isOver()) {
            if (shrinkTo(least.clients(clients))) {
                return;
            }
            clients *= 2;
        }
    }

    private void shrinkTime() {
        for (long stepNs = Math.max(MS, failure.atNs / 2); stepNs >= 20 * MS && !isOver(); stepNs /= 2) {
            shrinkTo(least.between(least.fromNs() + stepNs, least.untilNs()));
            if (least.untilNs() < Long.MAX_VALUE && least.untilNs() - stepNs > least.fromNs()) {
                shrinkTo(least.between(least.fromNs(), least.untilNs() - stepNs));
            }
        }
    }

    private void shrinkEvents() {
        final List<Integer> there = new ArrayList<>();
        for (int number = 1; number <= failure.events; number++) {
            if (!least.skipped().contains(number)) {
                there.add(number);
            }
        }
        reduce(there, removed -> {
            final Set<Integer> skipped = new LinkedHashSet<>(least.skipped());
            skipped.addAll(removed);
            return shrinkTo(least.skipping(skipped));
        });
    }

    /** All at once, else the one half and the other, and so on down to single ones. */
    private <T> void reduce(final List<T> parts, final Function<List<T>, Boolean> isRemoved) {
        if (parts.isEmpty() || isOver() || isRemoved.apply(parts) || 1 == parts.size()) {
            return;
        }
        reduce(parts.subList(0, parts.size() / 2), isRemoved);
        reduce(parts.subList(parts.size() / 2, parts.size()), isRemoved);
    }
}
