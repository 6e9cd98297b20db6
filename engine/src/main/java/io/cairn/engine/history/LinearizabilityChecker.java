package io.cairn.engine.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Judges whether a history of a key-value store is linearizable: whether every operation can be given one moment between its call and its answer such
 * that, taken in the order of these moments, a plain map would have given the same answers.
 *
 * <p>Keys are judged one by one, which suffices because linearizability is local (Herlihy and Wing, 1990). Operations of unknown outcome may take
 * effect once at any later time, or never. The work for each key has a budget of configurations, about 50 bytes each; where it does not suffice, the
 * answer is that nothing is known, never a guess.
 *
 * <p>Any thread; nothing is kept between calls.
 */
public final class LinearizabilityChecker {
    /** Configurations for each key by default. */
    public static final long BUDGET_DEFAULT = 4_000_000;

    private static final long PENDING_MAX = 1L << 25;
    private static final int SHOWN_MAX = 16;

    private final long budget;

    /**
     * A checker.
     *
     * @param budget configurations to look at for each key before giving up, at least 1.
     */
    public LinearizabilityChecker(final long budget) {
        if (budget < 1) {
            throw new IllegalArgumentException("the budget must be at least 1 configuration, not " + budget);
        }
        this.budget = budget;
    }

    /**
     * Judge a history.
     *
     * @param history all operations, in any order.
     * @return the verdict.
     */
    public Verdict check(final List<Operation> history) {
        final Map<String, List<Operation>> byKey = new TreeMap<>();
        long operations = 0;
        for (final Operation operation : history) {
            if (Operation.Outcome.REFUSED != operation.outcome()) {
                byKey.computeIfAbsent(operation.key(), key -> new ArrayList<>()).add(operation);
                operations++;
            }
        }
        final List<String> undecided = new ArrayList<>();
        Verdict.Violation first = null;
        long configurations = 0;
        for (final Map.Entry<String, List<Operation>> entry : byKey.entrySet()) {
            final KeyHistory key = KeyHistory.of(entry.getValue(), PENDING_MAX);
            if (null == key) {
                undecided.add(entry.getKey());
                continue;
            }
            final Search search = new Search(key, budget);
            final Search.End end = search.run();
            configurations += search.configurationCount();
            if (Search.End.OVER_BUDGET == end) {
                undecided.add(entry.getKey());
            } else if (Search.End.IMPOSSIBLE == end) {
                final Verdict.Violation violation = violation(entry.getKey(), key, search.furthest());
                if (null == first || violation.operation().end() < first.operation().end()) {
                    first = violation;
                }
            }
        }
        final Verdict.Answer answer = null != first ? Verdict.Answer.NOT_LINEARIZABLE :
            undecided.isEmpty() ? Verdict.Answer.LINEARIZABLE : Verdict.Answer.UNDECIDED;
        return new Verdict(answer, operations, byKey.size(), configurations, first, List.copyOf(undecided));
    }

    /**
     * Find the smallest prefix that fails: what can be explained has no prefix that cannot, so halving finds it. The first guess, the furthest answer
     * that the search reached, is nearly always right.
     */
    private Verdict.Violation violation(final String name, final KeyHistory key, final int furthest) {
        int failing = key.closedCount - 1;
        int low = furthest;
        boolean isSmallest = true;
        for (int guess = furthest; low < failing; guess = low + failing >>> 1) {
            final KeyHistory prefix = key.until(guess, PENDING_MAX);
            final Search.End end = null == prefix ? Search.End.OVER_BUDGET : new Search(prefix, budget).run();
            if (Search.End.IMPOSSIBLE == end) {
                failing = guess;
            } else {
                isSmallest &= Search.End.FOUND == end;
                low = guess + 1;
            }
        }
        return explain(name, key, failing, isSmallest);
    }

    private Verdict.Violation explain(final String name, final KeyHistory key, final int answer, final boolean isSmallest) {
        final Operation last = key.operations[answer];
        final long begun = Arrays.stream(key.operations).filter(one -> one.start() <= last.end()).count();
        final KeyHistory prefix = key.until(answer, PENDING_MAX);
        final List<String> possible = new ArrayList<>();
        final Set<Operation> writers = new LinkedHashSet<>();
        if (null != prefix) {
            final Search search = new Search(prefix, budget);
            search.run();
            final int[] states = search.states(answer);
            for (int i = 0; i < states.length && possible.size() < SHOWN_MAX; i++) {
                possible.add(prefix.model.text(states[i]));
                addWriters(prefix, answer, states[i], writers);
            }
        }
        final List<Operation> concurrent = new ArrayList<>();
        for (final int operation : key.pending[answer]) {
            if (operation != answer && concurrent.size() < SHOWN_MAX) {
                concurrent.add(key.operations[operation]);
            }
        }
        for (int open = 0; open < key.openBegun[answer] && concurrent.size() < SHOWN_MAX; open++) {
            concurrent.add(key.operations[key.closedCount + open]);
        }
        return new Verdict.Violation(
            isSmallest, name, begun, key.operations.length, last, possible, List.copyOf(writers), List.copyOf(concurrent));
    }

    private static void addWriters(final KeyHistory prefix, final int answer, final int state, final Set<Operation> writers) {
        for (int i = prefix.operations.length - 1; i >= 0 && writers.size() < SHOWN_MAX; i--) {
            if (i != answer && prefix.model.writes(i, state)) {
                writers.add(prefix.operations[i]);
            }
        }
    }
}
