package io.cairn.engine.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Reads lines as the bytes they are, without an encoding. A line that has arrived is handed out at once, however the rest trickles in. One thread.
 */
final class ByteLines implements AutoCloseable {
    /** Longest line in bytes: any command with keys and values within their limits, escaped throughout, fits. */
    static final int LINE_BYTES_MAX = 128 << 20;

    private static final int INITIAL_BYTES = 256 * 1024;

    private final InputStream source;
    private byte[] buffer = new byte[INITIAL_BYTES];
    private int position;
    private int limit;
    private int start;
    private int end;
    private long number;
    private Runnable beforeWaiting = () -> {
    };

    /**
     * Over a stream, which is read ahead and closed with this.
     *
     * @param source of the lines.
     */
    ByteLines(final InputStream source) {
        this.source = source;
    }

    /**
     * Be told when the lines that have arrived are used up and more are waited for, as it may happen where they come through a pipe.
     *
     * @param task to run on the thread that reads, before it waits.
     */
    void beforeWaiting(final Runnable task) {
        beforeWaiting = task;
    }

    /**
     * Move to the next line.
     *
     * @return false at the end of the input; a last line without its end counts.
     * @throws IOException when the source fails, or a line is longer than {@link #LINE_BYTES_MAX}.
     */
    boolean next() throws IOException {
        int looked = position;
        while (true) {
            for (int i = looked; i < limit; i++) {
                if (buffer[i] == '\n') {
                    return take(i, i + 1);
                }
            }
            looked = limit;
            if (limit == buffer.length) {
                looked -= makeRoom();
            }
            if (source.available() == 0) {
                beforeWaiting.run();
            }
            final int count = source.read(buffer, limit, buffer.length - limit);
            if (count < 0) {
                return limit > position && take(limit, limit);
            }
            limit += count;
        }
    }

    private boolean take(final int lineEnd, final int nextPosition) {
        start = position;
        end = lineEnd;
        position = nextPosition;
        number++;
        return true;
    }

    /** @return how far the bytes moved towards the front. */
    private int makeRoom() throws IOException {
        final int moved = position;
        if (moved > 0) {
            System.arraycopy(buffer, position, buffer, 0, limit - position);
        } else {
            if (buffer.length >= LINE_BYTES_MAX) {
                throw new IOException("line " + (number + 1) + " is longer than " + LINE_BYTES_MAX + " bytes");
            }
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
        limit -= moved;
        position = 0;
        return moved;
    }

    /** @return array that holds the line, until the next one. */
    byte[] buffer() {
        return buffer;
    }

    /** @return offset of the line. */
    int offset() {
        return start;
    }

    /** @return length of the line in bytes, without its end. */
    int length() {
        return end - start;
    }

    /** @return number of the line, from 1. */
    long number() {
        return number;
    }

    /** @return a copy of the line. */
    byte[] toArray() {
        return Arrays.copyOfRange(buffer, start, end);
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
