package io.cairn.engine.install;

import org.agrona.DirectBuffer;

/** Where the bytes of one element of a transfer go that is being received. Owner: the Snapshotter. */
interface TransferIntake {
    /**
     * Takes a chunk.
     *
     * @param position behind the manifest.
     * @return false when it leaves a gap.
     * @throws io.cairn.snapshot.SnapshotException when it does not fit, or cannot be stored.
     */
    boolean onChunk(long position, DirectBuffer data, int offset, int length);

    /** Nothing of it is to be left; harmless when it was handed on. */
    void cancel();
}
