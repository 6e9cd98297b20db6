package io.cairn.engine.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

import io.cairn.engine.history.Operation.Outcome;

/**
 * Tries every order of the operations on one key, straight from the definition. For a handful of operations.
 */
final class BruteForce {
    private BruteForce() {
    }

    static boolean isLinearizable(final List<Operation> history) {
        return search(new ArrayList<>(history), null);
    }

    /** @return the answers in order, up to the first that no order explains together with those before; all of them where none is such. */
    static List<Operation> explained(final List<Operation> history) {
        final List<Operation> answers = history.stream().filter(one -> Outcome.OK == one.outcome())
            .sorted(Comparator.comparingLong(Operation::end)).toList();
        for (int i = 0; i < answers.size(); i++) {
            final long end = answers.get(i).end();
            final List<Operation> prefix = history.stream().filter(one -> one.start() <= end)
                .map(one -> Outcome.OK == one.outcome() && one.end() > end ? unanswered(one) : one).toList();
            if (!isLinearizable(prefix)) {
                return answers.subList(0, i);
            }
        }
        return answers;
    }

    private static Operation unanswered(final Operation one) {
        return new Operation(
            one.process(), one.kind(), one.key(), one.expected(), one.value(), one.delta(), one.start(), 0, Outcome.UNKNOWN, null, null);
    }

    private static boolean search(final List<Operation> left, final String state) {
        if (left.stream().noneMatch(one -> Outcome.OK == one.outcome())) {
            return true;
        }
        final long firstEnd = left.stream().filter(one -> Outcome.OK == one.outcome()).mapToLong(Operation::end).min().orElseThrow();
        for (int i = 0; i < left.size(); i++) {
            final Operation one = left.get(i);
            if (one.start() > firstEnd || !fits(one, state)) {
                continue;
            }
            left.remove(i);
            final boolean found = search(left, next(one, state));
            left.add(i, one);
            if (found) {
                return true;
            }
        }
        return false;
    }

    private static boolean fits(final Operation one, final String state) {
        if (Outcome.UNKNOWN == one.outcome()) {
            return true;
        }
        return switch (one.kind()) {
            case GET -> Objects.equals(one.result(), state);
            case PUT -> true;
            case CAS -> one.success() == Objects.equals(one.expected(), state);
            case DELETE -> null == one.success() || one.success() == (null != state);
            case INCR -> one.result().equals(sum(one, state));
        };
    }

    private static String next(final Operation one, final String state) {
        return switch (one.kind()) {
            case GET -> state;
            case PUT -> one.value();
            case CAS -> Objects.equals(one.expected(), state) ? one.value() : state;
            case DELETE -> null;
            case INCR -> null == sum(one, state) ? state : sum(one, state);
        };
    }

    private static String sum(final Operation one, final String state) {
        try {
            return Long.toString(Math.addExact(null == state ? 0 : Long.parseLong(state), one.delta()));
        } catch (final NumberFormatException | ArithmeticException ex) {
            return null;
        }
    }
}
