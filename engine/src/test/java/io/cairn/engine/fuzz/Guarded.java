package io.cairn.engine.fuzz;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * An input off the heap, as a message lies in a log buffer or a record in a segment: something else stands before and behind it. Reads that go
 * through a buffer are caught where they leave it; what is read past the end by address shows where the result differs with what stands there.
 */
public final class Guarded {
    /** Where the input begins. */
    public static final int OFFSET = 64;

    private static final int GUARD = 4096;

    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private UnsafeBuffer memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 16, 64));

    /** Blank. */
    public Guarded() {
    }

    /**
     * Put an input down.
     *
     * @param input of which the bytes from {@code from} on are taken.
     * @param from  the first of them.
     * @param guard what stands around it.
     * @return a buffer that ends where the input does.
     */
    public UnsafeBuffer wrap(final byte[] input, final int from, final int guard) {
        final int length = Math.max(0, input.length - from);
        if (memory.capacity() < OFFSET + length + GUARD) {
            memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(2 * (OFFSET + length + GUARD), 64));
        }
        memory.setMemory(0, OFFSET, (byte)guard);
        memory.putBytes(OFFSET, input, Math.min(from, input.length), length);
        memory.setMemory(OFFSET + length, GUARD, (byte)guard);
        buffer.wrap(memory, 0, OFFSET + length);
        return buffer;
    }
}
