package io.cairn.engine.sim;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is left of the faults that a seed gives: kinds, a stretch of time, single events of the schedule, clients. Nothing of it changes what the seed
 * gives for the rest, so that a failure can be looked for with less and less around it.
 *
 * @param without kinds that do not happen, by the names of {@link #kinds()}.
 * @param skipped numbers of scheduled events that do not happen, in the order in which they are due.
 * @param fromNs  nothing happens before.
 * @param untilNs everything heals then.
 * @param clients most clients at work.
 */
record Reduction(Set<String> without, Set<Integer> skipped, long fromNs, long untilNs, int clients) {
    /** Everything that the seed gives. */
    static final Reduction NONE = new Reduction(Set.of(), Set.of(), 0, Long.MAX_VALUE, Integer.MAX_VALUE);

    private static final double NS_PER_SECOND = 1e9;
    /** What a cluster is rather than what befalls it. */
    private static final Set<String> SHAPE = Set.of(
        "members", "clients", "durability", "delayMaxNs", "latencyNs", "snapshotEntries", "timeoutMinMs", "timeoutMaxMs", "spares",
        "trailingEntries", "sessionTimeoutMs", "weak", "isChanging", "restartMaxNs", "messageBytesMax", "recordMax", "ringSize", "slowAgent",
        "valueLength");

    /** @return names of all kinds of faults that a mix can have. */
    static Set<String> kinds() {
        final Set<String> kinds = new LinkedHashSet<>();
        addKinds(FaultMix.class, kinds);
        return kinds;
    }

    private static void addKinds(final Class<?> mix, final Set<String> kinds) {
        for (final RecordComponent component : mix.getRecordComponents()) {
            if (component.getType().isRecord()) {
                addKinds(component.getType(), kinds);
            } else if (!SHAPE.contains(component.getName())) {
                kinds.add(kind(component.getName()));
            }
        }
    }

    /** {@code diskFaultMeanNs} is of the kind {@code disk-fault}. */
    private static String kind(final String component) {
        final String name = component.replaceFirst("(MeanNs|Share)$", "").replaceFirst("^is(?=[A-Z])", "");
        return name.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    /** @return what is left of a mix. */
    FaultMix of(final FaultMix mix) {
        return this == NONE ? mix : (FaultMix)reduced(mix);
    }

    private Object reduced(final Object mix) {
        final RecordComponent[] components = mix.getClass().getRecordComponents();
        final Object[] values = new Object[components.length];
        try {
            for (int i = 0; i < components.length; i++) {
                components[i].getAccessor().setAccessible(true);
                values[i] = reduced(components[i], components[i].getAccessor().invoke(mix));
            }
            final Constructor<?> constructor =
                mix.getClass().getDeclaredConstructor(Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (final ReflectiveOperationException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private Object reduced(final RecordComponent component, final Object value) {
        if (component.getType().isRecord()) {
            return reduced(value);
        }
        if ("clients".equals(component.getName())) {
            return Math.min((int)value, clients);
        }
        if (SHAPE.contains(component.getName()) || !without.contains(kind(component.getName()))) {
            return value;
        }
        if (value instanceof Double) {
            return 0.0;
        }
        if (value instanceof Long) {
            return 0L;
        }
        return value instanceof Integer ? (Object)0 : (Object)false;
    }

    /** @return true when a scheduled event happens. */
    boolean keeps(final int number, final long nowNs) {
        return nowNs >= fromNs && !skipped.contains(number);
    }

    Reduction withoutKinds(final Set<String> kinds) {
        return new Reduction(Set.copyOf(kinds), skipped, fromNs, untilNs, clients);
    }

    Reduction skipping(final Set<Integer> numbers) {
        return new Reduction(without, Set.copyOf(numbers), fromNs, untilNs, clients);
    }

    Reduction between(final long newFromNs, final long newUntilNs) {
        return new Reduction(without, skipped, newFromNs, newUntilNs, clients);
    }

    Reduction clients(final int max) {
        return new Reduction(without, skipped, fromNs, untilNs, max);
    }

    /** @return the options of the command line that say it, each with a blank before it. */
    String options() {
        final StringBuilder text = new StringBuilder();
        if (!without.isEmpty()) {
            text.append(" --without ").append(String.join(",", new TreeSet<>(without)));
        }
        if (!skipped.isEmpty()) {
            text.append(" --skip ").append(ranges());
        }
        if (fromNs > 0) {
            text.append(" --faults-from ").append(seconds(fromNs));
        }
        if (untilNs < Long.MAX_VALUE) {
            text.append(" --faults-until ").append(seconds(untilNs));
        }
        if (clients < Integer.MAX_VALUE) {
            text.append(" --clients ").append(clients);
        }
        return text.toString();
    }

    private static String seconds(final long ns) {
        return String.format(Locale.ROOT, "%.3fs", ns / NS_PER_SECOND);
    }

    private String ranges() {
        final List<String> ranges = new ArrayList<>();
        int from = -1;
        int last = -1;
        for (final int number : new TreeSet<>(skipped)) {
            if (from >= 0 && number == last + 1) {
                last = number;
                continue;
            }
            if (from >= 0) {
                ranges.add(range(from, last));
            }
            from = number;
            last = number;
        }
        ranges.add(range(from, last));
        return String.join(",", ranges);
    }

    private static String range(final int from, final int last) {
        return from == last ? Integer.toString(from) : from + "-" + last;
    }

    /**
     * @param names of kinds, with commas between them.
     * @return the kinds.
     * @throws IllegalArgumentException when one is none.
     */
    static Set<String> parseKinds(final String names) {
        final Set<String> kinds = new TreeSet<>();
        for (final String name : names.split(",")) {
            if (!kinds().contains(name)) {
                throw new IllegalArgumentException("'" + name + "' is no kind of fault: " + String.join(", ", kinds()));
            }
            kinds.add(name);
        }
        return kinds;
    }

    /**
     * @param text such as {@code 3,5-9}.
     * @return the numbers.
     * @throws NumberFormatException when it is something else.
     */
    static Set<Integer> parseNumbers(final String text) {
        final Set<Integer> numbers = new TreeSet<>();
        for (final String range : text.split(",")) {
            final int dash = range.indexOf('-');
            final int from = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            final int last = dash < 0 ? from : Integer.parseInt(range.substring(dash + 1));
            for (int number = from; number <= last; number++) {
                numbers.add(number);
            }
        }
        return numbers;
    }

    /**
     * @param text such as {@code 3.2s} or {@code 150ms}.
     * @return the same in ns.
     * @throws NumberFormatException when it is something else.
     */
    static long parseNs(final String text) {
        if (text.endsWith("ms")) {
            return Math.round(Double.parseDouble(text.substring(0, text.length() - 2)) * NS_PER_SECOND / 1_000);
        }
        return Math.round(Double.parseDouble(text.endsWith("s") ? text.substring(0, text.length() - 1) : text) * NS_PER_SECOND);
    }
}
