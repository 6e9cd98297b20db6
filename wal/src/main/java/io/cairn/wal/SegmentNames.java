package io.cairn.wal;

/**
 * Names of segment files. {@code <baseIndex>-<segmentId>.wal} once the segment's name and header are durable; {@code spare-<segmentId>.wal} while it
 * is prepared or begun but not yet activated; {@code spare-<segmentId>.tmp} while it is being prepared. Both numbers in decimal, 20 digits, so that
 * names sort as their numbers do.
 */
final class SegmentNames
{
    static final String SUFFIX = ".wal";
    static final String TEMPORARY_SUFFIX = ".tmp";
    static final String SPARE_PREFIX = "spare-";

    private static final int DIGITS = 20;

    private SegmentNames()
    {
    }

    static String active(final long baseIndex, final long segmentId)
    {
        return digits(baseIndex) + "-" + digits(segmentId) + SUFFIX;
    }

    static String spare(final long segmentId)
    {
        return SPARE_PREFIX + digits(segmentId) + SUFFIX;
    }

    static String temporary(final long segmentId)
    {
        return SPARE_PREFIX + digits(segmentId) + TEMPORARY_SUFFIX;
    }

    static boolean isActive(final String name)
    {
        return name.length() == 2 * DIGITS + 1 + SUFFIX.length() &&
            name.endsWith(SUFFIX) &&
            name.charAt(DIGITS) == '-' &&
            isNumber(name, 0) &&
            isNumber(name, DIGITS + 1);
    }

    static boolean isSpare(final String name)
    {
        return name.startsWith(SPARE_PREFIX) && (name.endsWith(SUFFIX) || name.endsWith(TEMPORARY_SUFFIX)) &&
            name.length() == SPARE_PREFIX.length() + DIGITS + SUFFIX.length() && isNumber(name, SPARE_PREFIX.length());
    }

    static boolean isTemporary(final String name)
    {
        return isSpare(name) && name.endsWith(TEMPORARY_SUFFIX);
    }

    static long baseIndex(final String activeName)
    {
        return Long.parseLong(activeName.substring(0, DIGITS));
    }

    static long segmentId(final String name)
    {
        final int from = isActive(name) ? DIGITS + 1 : SPARE_PREFIX.length();
        return Long.parseLong(name.substring(from, from + DIGITS));
    }

    private static boolean isNumber(final String name, final int from)
    {
        for (int i = from; i < from + DIGITS; i++)
        {
            if (name.charAt(i) < '0' || name.charAt(i) > '9')
            {
                return false;
            }
        }
        return name.charAt(from) == '0';
    }

    private static String digits(final long number)
    {
        return String.format("%0" + DIGITS + "d", number);
    }
}
