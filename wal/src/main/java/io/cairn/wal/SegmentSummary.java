package io.cairn.wal;

import java.nio.file.Path;

/**
 * One segment file as {@link WalInspector} finds it.
 *
 * @param file         its path.
 * @param state        what it is used for.
 * @param segmentId    id of this life of the file, -1 where the header does not say.
 * @param baseIndex    index of its first entry, -1 where it is not begun.
 * @param lastIndex    index of its last whole entry, {@code baseIndex - 1} where it has none.
 * @param entryCount   how many whole entries it holds.
 * @param segmentBytes length of the file.
 * @param usedBytes    bytes up to the end of the last whole entry.
 * @param generation   truncation generation in which it was begun.
 * @param createdMs    when it was prepared, milliseconds since 1970.
 * @param problem      why it is {@link State#DAMAGED}, otherwise null.
 */
public record SegmentSummary(
    Path file,
    State state,
    long segmentId,
    long baseIndex,
    long lastIndex,
    long entryCount,
    long segmentBytes,
    long usedBytes,
    long generation,
    long createdMs,
    String problem)
{
    /**
     * What a segment file is used for.
     */
    public enum State
    {
        /** Prepared, holds nothing. */
        SPARE,

        /** Appended to, not yet named durably. */
        BEGUN,

        /** Named, without a footer: the end of the log. */
        ACTIVE,

        /** Full, with a valid footer. */
        SEALED,

        /** The header is not valid. */
        DAMAGED
    }
}
