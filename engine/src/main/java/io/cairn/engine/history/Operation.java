package io.cairn.engine.history;

import java.util.Locale;

/**
 * One operation of one client on one key, from the call to the answer. Times are of one monotonic clock that all clients share, in any unit.
 *
 * @param process  who called; only shown to people.
 * @param kind     what was asked for.
 * @param key      of one register; keys are judged independently of each other.
 * @param expected what a compare-and-set expects; null for an absent key.
 * @param value    what a put or a compare-and-set stores; null otherwise.
 * @param delta    what an increment adds.
 * @param start    no later than the moment at which the request left.
 * @param end      no earlier than the moment at which the answer came; meaningless where the outcome is unknown.
 * @param outcome  what the client was told.
 * @param result   what a get read (null: absent), or what an increment yielded, in decimal.
 * @param success  whether a compare-and-set matched, or a delete found its key; null where that was not said.
 */
public record Operation(
    long process,
    Kind kind,
    String key,
    String expected,
    String value,
    long delta,
    long start,
    long end,
    Outcome outcome,
    String result,
    Boolean success) {

    /** What can be asked for. */
    public enum Kind {
        /** Reads the value. */
        GET,
        /** Stores a value. */
        PUT,
        /** Stores a value where the present one is as expected. */
        CAS,
        /** Removes the value. */
        DELETE,
        /** Adds to the decimal number that is the value; an absent one counts as 0. */
        INCR
    }

    /** What a client may be told. */
    public enum Outcome {
        /** It took effect between start and end, and this is the answer. */
        OK,
        /** It may take effect at any time after the start, once, or never. */
        UNKNOWN,
        /** It has no effect and never will. */
        REFUSED
    }

    /**
     * Refuses an operation that says too little or contradicts itself.
     */
    public Operation {
        require(null != kind && null != key && null != outcome, "kind, key and outcome must be there");
        require(Outcome.OK != outcome || start <= end, "end " + end + " lies before start " + start);
        require(null != value || Kind.PUT != kind && Kind.CAS != kind, "a " + name(kind) + " needs a value");
        require(Outcome.OK != outcome || Kind.CAS != kind || null != success, "a cas that was answered needs success");
        if (Outcome.OK == outcome && Kind.INCR == kind) {
            require(null != result && result.equals(decimal(result)), "an incr that was answered needs a decimal result, not " + result);
        }
    }

    /** @return the same operation before its answer came. */
    Operation unanswered() {
        return new Operation(process, kind, key, expected, value, delta, start, start, Outcome.UNKNOWN, null, null);
    }

    private static void require(final boolean isRight, final String otherwise) {
        if (!isRight) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    private static String decimal(final String text) {
        try {
            return Long.toString(Long.parseLong(text));
        } catch (final NumberFormatException ex) {
            return null;
        }
    }

    private static String name(final Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    /**
     * The operation for people.
     *
     * @return on one line, such as {@code process 3: put k = v7, answered, 120 to 180}.
     */
    public String describe() {
        final StringBuilder text = new StringBuilder(96).append("process ").append(process).append(": ").append(name(kind)).append(' ').append(key);
        switch (kind) {
            case PUT -> text.append(" = ").append(value);
            case CAS -> text.append(" from ").append(shown(expected)).append(" to ").append(value);
            case INCR -> text.append(" by ").append(delta);
            case GET, DELETE -> { }
            default -> throw new IllegalStateException("unknown kind " + kind);
        }
        if (Outcome.OK != outcome) {
            return text.append(Outcome.UNKNOWN == outcome ? ", outcome unknown, from " : ", refused, from ").append(start).toString();
        }
        switch (kind) {
            case GET, INCR -> text.append(" gave ").append(shown(result));
            case CAS -> text.append(success ? " matched" : " did not match");
            case DELETE -> text.append(null == success ? "" : success ? " found it" : " found nothing");
            case PUT -> { }
            default -> throw new IllegalStateException("unknown kind " + kind);
        }
        return text.append(", from ").append(start).append(" to ").append(end).toString();
    }

    private static String shown(final String text) {
        return null == text ? "(absent)" : text;
    }
}
