package io.cairn.engine.install;

import java.util.concurrent.TimeUnit;

/**
 * Bounds of a transfer.
 *
 * @param selfId         this member.
 * @param chunkBytes     bytes of a snapshot in one message.
 * @param windowBytes    bytes on the way that were not acknowledged.
 * @param bytesPerSecond to one receiver; 0 for no limit.
 * @param repeatNs       after that long without an answer a question is asked again.
 * @param silenceNs      after that long without a word of the other side the transfer is over.
 */
public record TransferSettings(int selfId, int chunkBytes, long windowBytes, long bytesPerSecond, long repeatNs, long silenceNs) {
    /** Bytes of a chunk. */
    public static final int CHUNK_BYTES = 16 << 10;
    private static final long WINDOW_BYTES = 1 << 20;
    private static final long REPEAT_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SILENCE_NS = TimeUnit.SECONDS.toNanos(10);

    /**
     * What suits a network.
     *
     * @param selfId         this member.
     * @param bytesPerSecond to one receiver; 0 for no limit.
     * @return the settings.
     */
    public static TransferSettings of(final int selfId, final long bytesPerSecond) {
        return new TransferSettings(selfId, CHUNK_BYTES, WINDOW_BYTES, bytesPerSecond, REPEAT_NS, SILENCE_NS);
    }
}
