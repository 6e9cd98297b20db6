package io.cairn.wal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What opening a log found and did. Written while it opens, read-only afterwards.
 */
public final class RecoveryReport
{
    private final List<WalFinding> findings = new ArrayList<>();
    private boolean formatted;
    private boolean unclean;
    private boolean otherBoot;
    private boolean unforced;
    private long firstIndex;
    private long lastIndex;
    private long floor;
    private long tornIndex = -1;
    private long undecidedIndex = -1;
    private boolean endLost;
    private int segmentCount;
    private int scannedCount;
    private long durationNs;

    RecoveryReport()
    {
        // Filled by recovery.
    }

    /**
     * Was the directory new?
     *
     * @return true if it was formatted.
     */
    public boolean isFormatted()
    {
        return formatted;
    }

    /**
     * Did the log stop without an orderly close?
     *
     * @return true if it did.
     */
    public boolean isUnclean()
    {
        return unclean;
    }

    /**
     * Did it stop without an orderly close under another boot of the machine? Then what was appended and not forced may be gone.
     *
     * @return true if it did.
     */
    public boolean isUncleanOtherBoot()
    {
        return unclean && otherBoot;
    }

    /**
     * May entries that were acknowledged be gone? They may where the log was in use at a level that acknowledges before it forces, and stopped
     * without an orderly close under another boot of the machine. The directory has a new incarnation then.
     *
     * @return true if they may.
     */
    public boolean mayHaveForgotten()
    {
        return unclean && otherBoot && unforced;
    }

    /**
     * The first index after recovery.
     *
     * @return one past {@link #lastIndex()} when the log is empty.
     */
    public long firstIndex()
    {
        return firstIndex;
    }

    /**
     * The last index after recovery; everything up to it is durable.
     *
     * @return the index.
     */
    public long lastIndex()
    {
        return lastIndex;
    }

    /**
     * The highest index that was known forced when the log was opened.
     *
     * @return the floor.
     */
    public long floor()
    {
        return floor;
    }

    /**
     * The first entry that was torn by the crash, never forced, and zeroed.
     *
     * @return its index, -1 if none was.
     */
    public long tornIndex()
    {
        return tornIndex;
    }

    /**
     * The first entry that a force had begun to cover and that is not there: nobody can tell whether it was acknowledged. Its bytes were copied
     * aside.
     *
     * @return its index, -1 if there is none.
     */
    public long undecidedIndex()
    {
        return undecidedIndex;
    }

    /**
     * Did the end of the log get lost, now or at an earlier opening, so that the last entry that was promised is not known?
     *
     * @return true if it did: a member neither votes nor stands until it has caught up with a leader.
     */
    public boolean isEndLost()
    {
        return endLost;
    }

    void endLost()
    {
        endLost = true;
    }

    /**
     * How many segments the log has.
     *
     * @return the count.
     */
    public int segmentCount()
    {
        return segmentCount;
    }

    /**
     * How many of them had no valid footer and were read in full.
     *
     * @return the count.
     */
    public int scannedCount()
    {
        return scannedCount;
    }

    /**
     * How long opening took.
     *
     * @return in nanoseconds.
     */
    public long durationNs()
    {
        return durationNs;
    }

    /**
     * What was not as it should be and did not keep the log from opening.
     *
     * @return the findings, in the order they were made.
     */
    public List<WalFinding> findings()
    {
        return Collections.unmodifiableList(findings);
    }

    void formatted(final boolean isFormatted)
    {
        formatted = isFormatted;
    }

    void stopped(final boolean isUnclean, final boolean isOtherBoot, final boolean wasUnforced)
    {
        unclean = isUnclean;
        otherBoot = isOtherBoot;
        unforced = wasUnforced;
    }

    void range(final long first, final long last, final long knownFloor)
    {
        firstIndex = first;
        lastIndex = last;
        floor = knownFloor;
    }

    void torn(final long index)
    {
        tornIndex = index;
    }

    void undecided(final long index)
    {
        undecidedIndex = index;
    }

    void segments(final int count, final int scanned)
    {
        segmentCount = count;
        scannedCount = scanned;
    }

    void durationNs(final long duration)
    {
        durationNs = duration;
    }

    void finding(final WalFinding finding)
    {
        findings.add(finding);
    }

    @Override
    public String toString()
    {
        return "entries " + firstIndex + " to " + lastIndex + " in " + segmentCount + " segments (" + scannedCount + " scanned), floor " + floor +
            (unclean ? ", not closed in order" : "") +
            (tornIndex < 0 ? "" : ", torn from index " + tornIndex) +
            (undecidedIndex < 0 ? "" : ", undecided from index " + undecidedIndex) +
            (endLost ? ", its end lost" : "") +
            (findings.isEmpty() ? "" : ", findings " + findings);
    }
}
