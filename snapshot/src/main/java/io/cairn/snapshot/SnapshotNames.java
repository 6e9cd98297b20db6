package io.cairn.snapshot;

/**
 * Names in the snapshot directory. {@code <index>-<term>-<created>} is a published snapshot; the same with a suffix is never read as one:
 * {@code .tmp} is being written, {@code .deleting} is going away (both are removed at open), {@code .damaged} failed a restore and is kept for a
 * person to look at until retention removes it.
 */
final class SnapshotNames {
    static final String TMP = ".tmp";
    static final String DELETING = ".deleting";
    static final String DAMAGED = ".damaged";
    private static final int INDEX_DIGITS = 19;
    private static final int TERM_DIGITS = 10;
    private static final int CREATED_DIGITS = 13;

    private SnapshotNames() {
    }

    static String of(final long index, final long term, final long createdMs) {
        return padded(index, INDEX_DIGITS) + '-' + padded(term, TERM_DIGITS) + '-' + padded(createdMs, CREATED_DIGITS);
    }

    /** True if the name is one that {@link #of} makes. */
    static boolean isSnapshot(final String name) {
        final String[] parts = name.split("-", -1);
        return parts.length == 3 && isNumber(parts[0], INDEX_DIGITS) && isNumber(parts[1], TERM_DIGITS) && isNumber(parts[2], CREATED_DIGITS);
    }

    /** True if the name is one that {@link #of} makes, followed by a suffix. */
    static boolean isSnapshot(final String name, final String suffix) {
        return name.endsWith(suffix) && isSnapshot(name.substring(0, name.length() - suffix.length()));
    }

    /** The index in a name of {@link #of}, or −1. */
    static long index(final String name) {
        return isSnapshot(name) ? Long.parseLong(name.substring(0, name.indexOf('-'))) : -1;
    }

    /** True for a file name that a snapshot may hold: parts of letters, digits, {@code . _ -} with {@code /} between them, none of them dots only. */
    static boolean isFileName(final String name) {
        if (name.isEmpty() || name.length() > 255) {
            return false;
        }
        boolean meaningful = false;
        for (int i = 0; i < name.length(); i++) {
            final char c = name.charAt(i);
            if (c == '/') {
                if (!meaningful) {
                    return false;
                }
                meaningful = false;
            } else if (isLetterOrDigit(c) || c == '_' || c == '-') {
                meaningful = true;
            } else if (c != '.') {
                return false;
            }
        }
        return meaningful;
    }

    private static boolean isLetterOrDigit(final char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    private static boolean isNumber(final String text, final int minDigits) {
        if (text.length() < minDigits || text.length() > 19 || text.length() > minDigits && text.charAt(0) == '0') {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return text.length() < 19 || text.compareTo("9223372036854775807") <= 0;
    }

    private static String padded(final long value, final int digits) {
        final String text = Long.toString(value);
        return "0".repeat(Math.max(0, digits - text.length())) + text;
    }
}
