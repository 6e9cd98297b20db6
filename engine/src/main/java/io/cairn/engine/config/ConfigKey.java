package io.cairn.engine.config;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import org.agrona.SystemUtil;

/**
 * One configuration key: its name, type, default, bounds, what it does and what it costs. Immutable; a method that refines a key returns a new one.
 */
public final class ConfigKey {
    private final String name;
    private final ValueType type;
    private final String defaultValue;
    private final Bounds bounds;
    private final List<String> choices;
    private final String doc;
    private final String cost;

    private ConfigKey(
        final String name,
        final ValueType type,
        final String defaultValue,
        final Bounds bounds,
        final List<String> choices,
        final String doc,
        final String cost) {
        this.name = name;
        this.type = type;
        this.defaultValue = defaultValue;
        this.bounds = bounds;
        this.choices = choices;
        this.doc = doc;
        this.cost = cost;
    }

    private record Bounds(double min, double max, boolean powerOfTwo, boolean zeroIsOff) {
        private static final Bounds NONE = new Bounds(0, Long.MAX_VALUE, false, false);
    }

    static ConfigKey size(final String name, final String defaultValue) {
        return new ConfigKey(name, ValueType.SIZE, defaultValue, Bounds.NONE, List.of(), "", "");
    }

    static ConfigKey duration(final String name, final String defaultValue) {
        return new ConfigKey(name, ValueType.DURATION, defaultValue, Bounds.NONE, List.of(), "", "");
    }

    static ConfigKey integer(final String name, final String defaultValue) {
        return new ConfigKey(name, ValueType.INTEGER, defaultValue, Bounds.NONE, List.of(), "", "");
    }

    static ConfigKey decimal(final String name, final String defaultValue) {
        return new ConfigKey(name, ValueType.DECIMAL, defaultValue, Bounds.NONE, List.of(), "", "");
    }

    static ConfigKey bool(final String name, final String defaultValue) {
        return new ConfigKey(name, ValueType.BOOLEAN, defaultValue, Bounds.NONE, List.of("true", "false"), "", "");
    }

    static ConfigKey text(final String name, final String defaultValue) {
        return new ConfigKey(name, ValueType.TEXT, defaultValue, Bounds.NONE, List.of(), "", "");
    }

    static <E extends Enum<E>> ConfigKey choice(final String name, final Class<E> values, final E defaultValue) {
        final List<String> words = Stream.of(values.getEnumConstants()).map(ConfigKey::word).toList();
        return new ConfigKey(name, ValueType.CHOICE, word(defaultValue), Bounds.NONE, words, "", "");
    }

    /**
     * The way a constant is written in a configuration: lower case, with hyphens.
     *
     * @param constant of an enumeration.
     * @return its word.
     */
    static String word(final Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    ConfigKey between(final String min, final String max) {
        final Bounds refined = new Bounds(number(min), number(max), bounds.powerOfTwo(), bounds.zeroIsOff());
        return new ConfigKey(name, type, defaultValue, refined, choices, doc, cost);
    }

    ConfigKey powerOfTwo() {
        final Bounds refined = new Bounds(bounds.min(), bounds.max(), true, bounds.zeroIsOff());
        return new ConfigKey(name, type, defaultValue, refined, choices, doc, cost);
    }

    ConfigKey zeroIsOff() {
        final Bounds refined = new Bounds(bounds.min(), bounds.max(), bounds.powerOfTwo(), true);
        return new ConfigKey(name, type, defaultValue, refined, choices, doc, cost);
    }

    ConfigKey doc(final String sentence) {
        return new ConfigKey(name, type, defaultValue, bounds, choices, sentence, cost);
    }

    ConfigKey cost(final String sentence) {
        return new ConfigKey(name, type, defaultValue, bounds, choices, doc, sentence);
    }

    /**
     * Name, as in a profile; a system property has the prefix {@code cairn.} before it.
     *
     * @return the name.
     */
    public String name() {
        return name;
    }

    /**
     * Type of the value.
     *
     * @return the type.
     */
    public ValueType type() {
        return type;
    }

    /**
     * The value where no profile, file, property or code gives one.
     *
     * @return the default, as it would be written.
     */
    public String defaultValue() {
        return defaultValue;
    }

    /**
     * What the key does.
     *
     * @return a sentence or two.
     */
    public String doc() {
        return doc;
    }

    /**
     * What a larger or smaller value costs.
     *
     * @return a sentence.
     */
    public String cost() {
        return cost;
    }

    /**
     * The values that are right, for a person.
     *
     * @return for example {@code 64k to 1g, a power of two}.
     */
    public String allowed() {
        if (type == ValueType.CHOICE || type == ValueType.BOOLEAN) {
            return String.join("|", choices);
        }
        if (type == ValueType.TEXT) {
            return type.expected();
        }
        final String min = written(bounds.min());
        final String range = bounds.max() == Bounds.NONE.max() ? "at least " + min : min + " to " + written(bounds.max());
        return range + (bounds.powerOfTwo() ? ", a power of two" : "") + (bounds.zeroIsOff() ? ", 0 = off" : "");
    }

    /**
     * Check a value against type and bounds.
     *
     * @param value as written.
     * @return null if it is right, otherwise what would be right, for a message.
     */
    String problem(final String value) {
        return switch (type) {
            case TEXT -> null;
            case CHOICE, BOOLEAN -> choices.contains(value) ? null : "is not " + String.join(", ", choices);
            default -> problemOfNumber(value);
        };
    }

    private String problemOfNumber(final String value) {
        final double parsed;
        try {
            parsed = number(value);
        } catch (final NumberFormatException ex) {
            return "is not " + type.expected();
        }
        if (bounds.zeroIsOff() && parsed == 0) {
            return null;
        }
        final boolean broken = bounds.powerOfTwo() && Long.bitCount((long)parsed) != 1;
        return broken || !(parsed >= bounds.min() && parsed <= bounds.max()) ? "is out of bounds; it takes " + allowed() : null;
    }

    long parseLong(final String value) {
        return switch (type) {
            case SIZE -> SystemUtil.parseSize(name, value);
            case DURATION -> SystemUtil.parseDuration(name, value);
            case INTEGER -> Long.parseLong(value);
            default -> throw new IllegalStateException(name + " is not a number: its type is " + type);
        };
    }

    private double number(final String value) {
        return type == ValueType.DECIMAL ? Double.parseDouble(value) : parseLong(value);
    }

    private String written(final double value) {
        return switch (type) {
            case SIZE -> SystemUtil.formatSize((long)value);
            case DURATION -> SystemUtil.formatDuration((long)value);
            case DECIMAL -> Double.toString(value);
            default -> Long.toString((long)value);
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
