package io.cairn.engine.history;

import java.util.List;

/**
 * What a history is.
 *
 * @param answer         the verdict on all keys together.
 * @param operations     operations judged, refused ones not counted.
 * @param keys           keys they are on.
 * @param configurations configurations the searches looked at.
 * @param violation      of the smallest prefix that cannot be explained; null unless the answer says so.
 * @param undecided      keys whose budget did not suffice, in their order; empty where all are decided.
 */
public record Verdict(Answer answer, long operations, int keys, long configurations, Violation violation, List<String> undecided) {

    /** The three answers. */
    public enum Answer {
        /** One order of all operations, each between its call and its answer, explains every answer. */
        LINEARIZABLE,
        /** There is no such order. */
        NOT_LINEARIZABLE,
        /** No key failed, but for some the budget did not suffice. */
        UNDECIDED
    }

    /**
     * Why a history is not linearizable.
     *
     * @param isSmallest       false where the budget did not suffice to show that no smaller prefix fails.
     * @param key              the key whose operations cannot be explained.
     * @param prefixOperations operations on it that had begun by the time of the answer that cannot be explained: the smallest prefix that fails.
     * @param keyOperations    all operations on it.
     * @param operation        the one whose answer ends the prefix.
     * @param possible         the values the key can have had when that answer was due, whichever order explains all answers before; null for absent;
     *                         empty where the contradiction shows earlier.
     * @param writers          operations that may have written one of these values.
     * @param concurrent       operations under way when the answer came.
     */
    public record Violation(
        boolean isSmallest,
        String key,
        long prefixOperations,
        long keyOperations,
        Operation operation,
        List<String> possible,
        List<Operation> writers,
        List<Operation> concurrent) {
    }
}
