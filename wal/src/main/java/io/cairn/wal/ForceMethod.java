package io.cairn.wal;

/**
 * How the log is made durable. All three keep the same promise; they differ in cost ({@code docs/decisions} has the figures).
 */
public enum ForceMethod
{
    /** Records are stored through the mapping; {@code msync} of the range from the mark page to the end of the group. */
    MSYNC_RANGE,

    /** Records are stored through the mapping; {@code fdatasync} of the segment. */
    FDATASYNC,

    /** Records are staged, written with {@code pwrite} when they are published; {@code fdatasync} of the segment. The mapping serves reads. */
    PWRITE_FDATASYNC
}
