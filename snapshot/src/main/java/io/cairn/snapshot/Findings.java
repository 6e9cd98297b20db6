package io.cairn.snapshot;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects what is wrong with one snapshot; bounded, so that a file of zeros does not fill the memory with reports.
 */
final class Findings {
    static final int COUNT_MAX = 1_000;
    private final String snapshot;
    private final List<SnapshotFinding> found = new ArrayList<>();
    private long total;

    Findings(final String snapshot) {
        this.snapshot = snapshot;
    }

    synchronized void add(final String file, final long offset, final int page, final String message) {
        total++;
        if (found.size() < COUNT_MAX) {
            found.add(new SnapshotFinding(snapshot, file, offset, page, message));
        }
    }

    /** A block of a file whose checksum does not match: the flipped byte if there is one, else the block's start. */
    void addChecksum(final String file, final long offset, final int page, final int length, final int computed, final int stated) {
        final int flipped = BitFlip.offset(length, computed, stated);
        add(file, flipped < 0 ? offset : offset + flipped, page, "checksum of " + length + " bytes at " + offset + " is " +
            ManifestText.hex(computed) + ", expected " + ManifestText.hex(stated) + (flipped < 0 ? "" : " (one flipped bit explains it)"));
    }

    synchronized boolean isEmpty() {
        return total == 0;
    }

    synchronized long total() {
        return total;
    }

    synchronized List<SnapshotFinding> list() {
        return List.copyOf(found);
    }
}
