package io.cairn.snapshot;

/**
 * One thing that is wrong in a snapshot.
 *
 * @param snapshot directory name.
 * @param file     path below it; empty when it is about the directory.
 * @param offset   byte in the file where the damage is or was noticed: exact when one flipped bit explains it, else the start of the damaged block.
 * @param page     id of the damaged page, or −1.
 * @param message  what is wrong.
 */
public record SnapshotFinding(String snapshot, String file, long offset, int page, String message) {
    @Override
    public String toString() {
        return snapshot + (file.isEmpty() ? "" : '/' + file + " offset=" + offset) + (page < 0 ? "" : " page=" + page) + ": " + message;
    }
}
