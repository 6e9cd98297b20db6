package io.cairn.fsm;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A 64-bit integer as decimal ASCII: an optional minus sign and 1 to 19 digits. Numbers are stored so, because a get then shows them to a person.
 */
final class DecimalLong {
    /** Longest form in bytes. */
    static final int LENGTH_MAX = 20;

    private long value;

    /**
     * Parses.
     *
     * @param buffer of the digits.
     * @param offset of the first byte.
     * @param length in bytes.
     * @return false when this is not such a number; {@link #value()} is unchanged then.
     */
    boolean parse(final DirectBuffer buffer, final int offset, final int length) {
        if (length == 0 || length > LENGTH_MAX) {
            return false;
        }
        final boolean negative = buffer.getByte(offset) == '-';
        final int first = negative ? 1 : 0;
        final int digits = length - first;
        if (digits == 0 || digits > LENGTH_MAX - 1) {
            return false;
        }
        long magnitude = 0;
        for (int i = first; i < length; i++) {
            final int digit = buffer.getByte(offset + i) - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            magnitude = magnitude * 10 - digit;
        }
        // Nineteen digits fit into 64 bits only below 2^63, and a sum of negative digits that passed it has turned positive.
        if (magnitude > 0 || !negative && magnitude == Long.MIN_VALUE) {
            return false;
        }
        value = negative ? magnitude : -magnitude;
        return true;
    }

    long value() {
        return value;
    }

    /**
     * Writes a number.
     *
     * @param number to write.
     * @param buffer to write to.
     * @param offset of the first byte.
     * @return its length in bytes.
     */
    static int write(final long number, final MutableDirectBuffer buffer, final int offset) {
        return buffer.putLongAscii(offset, number);
    }
}
