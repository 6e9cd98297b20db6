package io.cairn.engine.install;

import org.agrona.concurrent.UnsafeBuffer;

/** One element of a transfer as a stream of bytes: what it is, and behind that what it holds. Owner: the Snapshotter. */
interface TransferStream extends AutoCloseable {
    /** What comes first, and is announced with length and checksum. */
    byte[] manifestText();

    /** Bytes of all of it, the manifest included. */
    long lengthBytes();

    /**
     * Reads what lies at a position.
     *
     * @return bytes read, at least one.
     * @throws io.cairn.wal.io.StorageException when it cannot be read.
     */
    int read(long position, UnsafeBuffer target, int offset, int lengthMax);

    @Override
    void close();
}
