package io.cairn.bench.cli;

import org.agrona.SystemUtil;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Values of the command line in the notation of the profiles: sizes such as {@code 64m}, durations such as {@code 10s}, counts such as {@code 1m} or
 * {@code 1000000}. What does not make sense does not parse.
 */
final class Converters {
    private static final long MINUTES_MAX = 24 * 60;

    private Converters() {
    }

    /** A duration above zero, in nanoseconds. */
    static final class DurationNs implements ITypeConverter<Long> {
        @Override
        public Long convert(final String text) {
            try {
                if (text.isEmpty() || Character.isDigit(text.charAt(text.length() - 1))) {
                    throw new NumberFormatException(text);
                }
                final long nanos = text.endsWith("min") ?
                    TimeUnit.MINUTES.toNanos(Long.parseLong(text.substring(0, text.length() - 3))) :
                    SystemUtil.parseDuration("duration", text);
                if (nanos < 1 || nanos > TimeUnit.MINUTES.toNanos(MINUTES_MAX)) {
                    throw new TypeConversionException("'" + text + "' is not between 1ns and " + MINUTES_MAX + "min");
                }
                return nanos;
            } catch (final NumberFormatException ex) {
                throw new TypeConversionException("'" + text + "' is no duration: write it like 10s, 500ms, 2min");
            }
        }
    }

    /** A size above zero, in bytes. */
    static final class SizeBytes implements ITypeConverter<Long> {
        @Override
        public Long convert(final String text) {
            try {
                final long bytes = SystemUtil.parseSize("size", text);
                if (bytes < 1) {
                    throw new TypeConversionException("'" + text + "' must be at least 1");
                }
                return bytes;
            } catch (final NumberFormatException ex) {
                throw new TypeConversionException("'" + text + "' is no size: write it like 64m, 1g, 4096");
            }
        }
    }

    /** A count above zero; k and m stand for thousand and million. */
    static final class Count implements ITypeConverter<Long> {
        @Override
        public Long convert(final String text) {
            final String plain = text.replace("_", "").toLowerCase(Locale.ROOT);
            final char last = plain.isEmpty() ? ' ' : plain.charAt(plain.length() - 1);
            final long unit = 'k' == last ? 1_000 : 'm' == last ? 1_000_000 : 1;
            try {
                final long count = Math.multiplyExact(Long.parseLong(1 == unit ? plain : plain.substring(0, plain.length() - 1)), unit);
                if (count < 1) {
                    throw new TypeConversionException("'" + text + "' must be at least 1");
                }
                return count;
            } catch (final NumberFormatException | ArithmeticException ex) {
                throw new TypeConversionException("'" + text + "' is no count: write it like 50000, 50k, 1m");
            }
        }
    }
}
