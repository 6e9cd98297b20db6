package io.cairn.bench.report;

import java.util.Locale;

/**
 * Numbers as a person reads them: three significant digits, a unit, thousands set apart. Always with a decimal point, whatever the locale.
 */
public final class Figures {
    private static final String[] TIME_UNITS = {"ns", "µs", "ms", "s"};
    private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    private Figures() {
    }

    /**
     * A time.
     *
     * @param nanos nanoseconds.
     * @return such as {@code 1.25 µs}.
     */
    public static String nanos(final double nanos) {
        double value = nanos;
        int unit = 0;
        while (unit < TIME_UNITS.length - 1 && value >= 999.5) {
            value /= 1000;
            unit++;
        }
        final boolean isWhole = value == Math.rint(value) || value >= 99.95;
        return (0 == unit ? String.format(Locale.ROOT, isWhole ? "%.0f" : "%.1f", value) : threeDigits(value)) + ' ' + TIME_UNITS[unit];
    }

    /**
     * A size.
     *
     * @param bytes bytes.
     * @return such as {@code 64.0 MiB}.
     */
    public static String bytes(final double bytes) {
        double value = bytes;
        int unit = 0;
        while (unit < BYTE_UNITS.length - 1 && value >= 1024) {
            value /= 1024;
            unit++;
        }
        return (0 == unit ? String.format(Locale.ROOT, "%.0f", value) : threeDigits(value)) + ' ' + BYTE_UNITS[unit];
    }

    /**
     * A count or a rate.
     *
     * @param value whole number.
     * @return such as {@code 1,000,000}.
     */
    public static String count(final double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    /**
     * A ratio.
     *
     * @param value such as 1.08.
     * @return such as {@code 1.08 ×}.
     */
    public static String ratio(final double value) {
        return threeDigits(value) + " ×";
    }

    /**
     * Bytes for each operation, where the difference between nothing and almost nothing matters.
     *
     * @param value bytes; null when not measured.
     * @return such as {@code 0}, {@code 0.004} or {@code 24.0}.
     */
    public static String bytesPerOperation(final Double value) {
        if (null == value) {
            return "–";
        }
        if (value < 0.0005) {
            return "0";
        }
        return value < 1 ? String.format(Locale.ROOT, "%.3f", value) : threeDigits(value);
    }

    static String threeDigits(final double value) {
        if (value >= 99.95) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, value >= 9.995 ? "%.1f" : "%.2f", value);
    }
}
