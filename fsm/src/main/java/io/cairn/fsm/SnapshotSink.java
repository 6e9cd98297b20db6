package io.cairn.fsm;

import org.agrona.DirectBuffer;

/**
 * Takes the files of a {@link MachineSnapshot}, on the Snapshotter thread. Either the bytes of a file are written here in order, or a file that the
 * machine wrote into {@link #scratchDirectory()} is adopted; both are checksummed, forced and published with the rest of the snapshot, or not at all.
 * Failures are unchecked exceptions of the storage below; the snapshot is then abandoned.
 */
public interface SnapshotSink {
    /**
     * Begins a file. The one before is complete.
     *
     * @param name plain file name: letters, digits, dot, hyphen and underscore.
     */
    void begin(String name);

    /**
     * Appends bytes to the file that was begun last.
     *
     * @param source of the bytes.
     * @param offset of the first byte.
     * @param length how many.
     */
    void write(DirectBuffer source, int offset, int length);

    /**
     * Directory on the snapshot's file system, empty and private to this snapshot, as a path string of the platform.
     *
     * @return the directory.
     */
    String scratchDirectory();

    /**
     * Adopts a file of the scratch directory (a checkpoint's file, say) without copying it.
     *
     * @param scratchPath path relative to {@link #scratchDirectory()}.
     * @param name        plain file name in the snapshot.
     */
    void adopt(String scratchPath, String name);

    /**
     * Whether the snapshot was cancelled: the machine should return early.
     *
     * @return true when what is written will be thrown away.
     */
    boolean isCancelled();
}
