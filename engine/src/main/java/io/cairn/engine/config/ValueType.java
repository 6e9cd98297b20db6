package io.cairn.engine.config;

/**
 * The type of a configuration value and how it is written.
 */
public enum ValueType {
    /** A size in bytes, written with the suffixes k, m or g (powers of 1,024), or none. */
    SIZE("bytes", "a size such as 64k, 16m or 1g"),
    /** A duration in nanoseconds, written with the suffixes ns, us, ms or s. */
    DURATION("nanoseconds", "a duration such as 500us, 10ms or 30s"),
    /** A whole number. */
    INTEGER("", "a whole number"),
    /** A decimal number. */
    DECIMAL("", "a number such as 2 or 0.5"),
    /** True or false. */
    BOOLEAN("", "true or false"),
    /** One of a closed set of words. */
    CHOICE("", "one of the listed words"),
    /** Any text, empty included. */
    TEXT("", "a text");

    private final String unit;
    private final String expected;

    ValueType(final String unit, final String expected) {
        this.unit = unit;
        this.expected = expected;
    }

    /**
     * Unit of the parsed value.
     *
     * @return the unit, empty where the type has none.
     */
    public String unit() {
        return unit;
    }

    String expected() {
        return expected;
    }
}
