package io.cairn.wal;

import java.util.List;

/**
 * What {@link WalVerifier} read and found.
 *
 * @param segmentCount how many segment files, spares included.
 * @param recordCount  how many whole records.
 * @param firstIndex   of the log, -1 where it has no entry.
 * @param lastIndex    of the log, -1 where it has no entry.
 * @param findings     everything that is not as it should be, in the order of files and offsets.
 */
public record WalVerification(int segmentCount, long recordCount, long firstIndex, long lastIndex, List<WalFinding> findings)
{
    /**
     * Is everything as it should be?
     *
     * @return true if there are no findings.
     */
    public boolean isGood()
    {
        return findings.isEmpty();
    }
}
