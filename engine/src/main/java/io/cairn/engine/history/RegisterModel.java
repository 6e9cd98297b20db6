package io.cairn.engine.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one key does, said sequentially: from a value and an operation to the next value, or that the answer given is impossible. Values are numbered,
 * so that a configuration is a few words long.
 *
 * <p>Owner: one check.
 */
final class RegisterModel {
    /** The key is absent. */
    static final int ABSENT = 0;
    /** A value that some write of unknown outcome stores and that no answer and no condition speaks of: one is as good as another. */
    static final int UNSPOKEN = 1;
    /** The operation cannot have been answered like this in that state. */
    static final int IMPOSSIBLE = -1;

    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> values = new ArrayList<>();
    private final Operation[] operations;
    private final int[] value;
    private final int[] other;

    RegisterModel(final Operation[] operations) {
        this.operations = operations;
        values.add(null);
        values.add("(stored by a write of unknown outcome, and never read)");
        value = new int[operations.length];
        other = new int[operations.length];
        for (int i = 0; i < operations.length; i++) {
            final Operation operation = operations[i];
            if (Operation.Kind.CAS == operation.kind()) {
                other[i] = number(operation.expected());
            }
            if (Operation.Outcome.OK == operation.outcome()) {
                value[i] = switch (operation.kind()) {
                    case GET, INCR -> number(operation.result());
                    case PUT, CAS -> number(operation.value());
                    case DELETE -> ABSENT;
                };
            }
        }
        for (int i = 0; i < operations.length; i++) {
            if (Operation.Outcome.OK != operations[i].outcome() && null != operations[i].value()) {
                value[i] = numbers.containsKey(operations[i].value()) || isDecimal(operations[i].value()) ?
                    number(operations[i].value()) : UNSPOKEN;
            }
        }
    }

    private static boolean isDecimal(final String text) {
        try {
            Long.parseLong(text);
            return true;
        } catch (final NumberFormatException ex) {
            return false;
        }
    }

    /**
     * Operations of unknown outcome that are alike have the same effect in every state.
     *
     * @param operation by its number.
     * @return equal for those that are alike.
     */
    Object likeness(final int operation) {
        return List.of(operations[operation].kind(), value[operation], other[operation], operations[operation].delta());
    }

    private int number(final String text) {
        if (null == text) {
            return ABSENT;
        }
        final Integer known = numbers.get(text);
        if (null != known) {
            return known;
        }
        numbers.put(text, values.size());
        values.add(text);
        return values.size() - 1;
    }

    /**
     * Let an operation take effect.
     *
     * @param state     before it.
     * @param operation by its number.
     * @return the state behind it, or {@link #IMPOSSIBLE}.
     */
    int step(final int state, final int operation) {
        final Operation it = operations[operation];
        final boolean isAnswered = Operation.Outcome.OK == it.outcome();
        return switch (it.kind()) {
            case GET -> !isAnswered || state == value[operation] ? state : IMPOSSIBLE;
            case PUT -> value[operation];
            case CAS -> {
                final boolean matches = state == other[operation];
                yield isAnswered && it.success() != matches ? IMPOSSIBLE : matches ? value[operation] : state;
            }
            case DELETE -> isAnswered && null != it.success() && it.success() != (ABSENT != state) ? IMPOSSIBLE : ABSENT;
            case INCR -> increment(state, operation, isAnswered);
            default -> throw new IllegalStateException("unknown kind " + it.kind());
        };
    }

    private int increment(final int state, final int operation, final boolean isAnswered) {
        final String before = values.get(state);
        final long sum;
        try {
            sum = Math.addExact(null == before ? 0 : Long.parseLong(before), operations[operation].delta());
        } catch (final NumberFormatException | ArithmeticException ex) {
            // Refused where it is applied: a client that was never answered cannot know.
            return isAnswered ? IMPOSSIBLE : state;
        }
        if (isAnswered) {
            return sum == Long.parseLong(operations[operation].result()) ? value[operation] : IMPOSSIBLE;
        }
        return number(Long.toString(sum));
    }

    /**
     * Whether an operation may leave the register in a state, as far as one can tell without the state before.
     *
     * @param operation by its number.
     * @param state     behind it.
     * @return true where it writes this value.
     */
    boolean writes(final int operation, final int state) {
        final Operation it = operations[operation];
        return switch (it.kind()) {
            case GET -> false;
            case PUT, DELETE -> state == value[operation];
            case CAS -> state == value[operation] && !Boolean.FALSE.equals(it.success());
            case INCR -> Operation.Outcome.UNKNOWN == it.outcome() ? ABSENT != state : state == value[operation];
            default -> throw new IllegalStateException("unknown kind " + it.kind());
        };
    }

    /**
     * A value by its number.
     *
     * @param state its number.
     * @return the value; null for an absent key.
     */
    String text(final int state) {
        return values.get(state);
    }
}
