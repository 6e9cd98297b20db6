package io.cairn.engine.history;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/**
 * Looks for one order of the operations on a key that explains every answer: the search of Wing and Gong (1993), just in time and memoised as Lowe
 * proposes (<i>Testing for linearizability</i>, 2017).
 *
 * <p>Answers are explained in the order in which they came. Where the operation of the next answer has not taken effect yet, operations that are
 * under way take effect, one after the other, until it has; those that are not needed are left for later. Whatever order explains a history, there is
 * one of this form: an operation can be moved back to just before the next answer that needs it. An operation that fits the state and leaves it as it
 * is takes effect at once, which never costs anything.
 *
 * <p>Where the search fails, the smallest prefix that fails does not end before the furthest answer that was reached. It may end later: the search
 * knows the answers of all operations that are under way, and one who sees only the prefix does not.
 *
 * <p>Owner: one check.
 */
final class Search {
    /** How a search may end. */
    enum End {
        /** An order was found. */
        FOUND,
        /** There is none. */
        IMPOSSIBLE,
        /** More configurations than allowed. */
        OVER_BUDGET
    }

    private final KeyHistory history;
    private final RegisterModel model;
    private final long budget;
    private final Configurations configurations;
    private final int words;
    private final int openBase;

    private int depth;
    private int[] answers = new int[64];
    private int[] states = new int[64];
    private int[] candidates = new int[64];
    private long[] bits;
    private int furthest;

    Search(final KeyHistory history, final long budget) {
        this.history = history;
        model = history.model;
        this.budget = budget;
        openBase = Math.max(1, history.slotCount + Long.SIZE - 1 >>> 6);
        words = openBase + (history.openCount() + Long.SIZE - 1 >>> 6);
        configurations = new Configurations(openBase, words - openBase);
        bits = new long[64 * words];
    }

    /** @return how it ended. */
    End run() {
        depth = 0;
        answers[0] = 0;
        states[0] = RegisterModel.ABSENT;
        if (settle()) {
            return End.FOUND;
        }
        while (depth >= 0) {
            final int next = nextCandidate();
            if (next < 0) {
                depth--;
                continue;
            }
            push(next);
            if (settle()) {
                return End.FOUND;
            }
            if (configurations.count() > budget) {
                return End.OVER_BUDGET;
            }
        }
        return End.IMPOSSIBLE;
    }

    /** @return the furthest answer that was to be explained and was not. */
    int furthest() {
        return furthest;
    }

    /** @return configurations looked at. */
    long configurationCount() {
        return configurations.count();
    }

    /** @return every state in which an answer was to be explained, each once. */
    int[] states(final int answer) {
        final Set<Integer> found = new TreeSet<>();
        configurations.states(answer, found::add);
        return found.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Explain all answers that need nothing more; then remember where that leads.
     *
     * @return true when every answer is explained.
     */
    private boolean settle() {
        final int base = depth * words;
        int answer = answers[depth];
        while (answer < history.closedCount) {
            takeWhatFits(answer, base);
            final int slot = history.slots[answer];
            if (!isSet(base, slot)) {
                break;
            }
            bits[base + (slot >>> 6)] &= ~(1L << slot);
            answer++;
        }
        answers[depth] = answer;
        candidates[depth] = 0;
        if (answer == history.closedCount) {
            return true;
        }
        furthest = Math.max(furthest, answer);
        if (!configurations.add(answer, states[depth], bits, base)) {
            depth--;
        }
        return false;
    }

    private void takeWhatFits(final int answer, final int base) {
        final int state = states[depth];
        for (final int operation : history.pending[answer]) {
            final int slot = history.slots[operation];
            if (!isSet(base, slot) && state == model.step(state, operation)) {
                bits[base + (slot >>> 6)] |= 1L << slot;
            }
        }
    }

    /** @return the next operation that may take effect here, or -1. Closed ones first, and of these the one that is answered first. */
    private int nextCandidate() {
        final int answer = answers[depth];
        final int base = depth * words;
        final int[] pending = history.pending[answer];
        while (candidates[depth] < pending.length) {
            final int operation = pending[candidates[depth]++];
            if (!isSet(base, history.slots[operation]) && RegisterModel.IMPOSSIBLE != model.step(states[depth], operation)) {
                return operation;
            }
        }
        while (candidates[depth] - pending.length < history.openBegun[answer]) {
            final int open = candidates[depth]++ - pending.length;
            if (isOpenUsable(base, open) && states[depth] != model.step(states[depth], history.closedCount + open)) {
                return history.closedCount + open;
            }
        }
        return -1;
    }

    private boolean isOpenUsable(final int base, final int open) {
        final int alike = history.alike[open];
        return !isSet(base + openBase, open) && (alike < 0 || isSet(base + openBase, alike));
    }

    private void push(final int operation) {
        if (depth + 1 == answers.length) {
            answers = Arrays.copyOf(answers, answers.length * 2);
            states = Arrays.copyOf(states, answers.length);
            candidates = Arrays.copyOf(candidates, answers.length);
            bits = Arrays.copyOf(bits, bits.length * 2);
        }
        final int from = depth * words;
        depth++;
        System.arraycopy(bits, from, bits, depth * words, words);
        answers[depth] = answers[depth - 1];
        states[depth] = model.step(states[depth - 1], operation);
        final int base = operation < history.closedCount ? depth * words : depth * words + openBase;
        final int bit = operation < history.closedCount ? history.slots[operation] : operation - history.closedCount;
        bits[base + (bit >>> 6)] |= 1L << bit;
    }

    private boolean isSet(final int base, final int bit) {
        return 0 != (bits[base + (bit >>> 6)] & 1L << bit);
    }
}
