package io.cairn.engine.fuzz;

import java.util.List;

/**
 * One decoder, or several that belong together, under arbitrary bytes. A public class with a public constructor without parameters, since the guided
 * run makes it by its name. One thread.
 */
public interface FuzzTarget extends AutoCloseable {
    /** Heap that any input may take, whatever it says: what is loaded on the way, and buffers of fixed lengths. */
    long ALLOCATION_BASE = 1 << 20;
    /** Heap that a byte of input may take on top of it. */
    long ALLOCATION_PER_BYTE = 256;

    /**
     * Inputs to begin with, made by the product's own encoders.
     *
     * @return at least one.
     */
    List<byte[]> seeds();

    /**
     * Decode, and look at what came out of it: whatever is thrown is a finding. Refusals as they are documented are caught in here.
     *
     * @param input any bytes.
     */
    void accept(byte[] input);

    /**
     * What the input says where it carries a checksum, so that an input with a changed byte can be told from one that says the same.
     *
     * @param input any bytes; the first chooses what is done with the others and is never changed.
     * @return null when it is refused.
     */
    default Object meaning(final byte[] input) {
        throw new UnsupportedOperationException();
    }

    /** @return whether {@link #meaning} says something. */
    default boolean isChecksummed() {
        return false;
    }

    /**
     * Most bytes of heap that an input may take.
     *
     * @param length of the input.
     * @return bytes.
     */
    default long allocationMax(final int length) {
        return ALLOCATION_BASE + ALLOCATION_PER_BYTE * length;
    }

    /** @return mutated inputs that the ordinary build tries. */
    default int rounds() {
        return 4_000;
    }

    @Override
    default void close() {
    }
}
