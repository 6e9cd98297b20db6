package io.cairn.engine.sim;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What one simulated client asks, and what it makes of the answers. The client takes care of leaders, sessions and retries. Owner: one thread.
 */
interface Workload {
    /**
     * Draw the next operation. It begins now.
     *
     * @param life of the client, which begins anew after its crash and after its session has expired.
     */
    void next(int life);

    /** @return true where the operation that was drawn changes nothing, and is asked outside of the session. */
    boolean isQuery();

    /** @return length of the operation that was drawn, encoded from the beginning of the buffer. */
    int encode(MutableDirectBuffer buffer);

    /**
     * The operation was answered.
     *
     * @param index  that the answer is of.
     * @param status not one that says that the operation was not tried.
     * @param buffer of which {@code length} bytes at {@code offset} are the answer.
     * @param offset of the answer.
     * @param length of the answer.
     */
    void onAnswer(long index, int status, DirectBuffer buffer, int offset, int length);

    /**
     * What to ask right behind the operation, on the same connection and without waiting for its answer: what was sent first takes effect first.
     *
     * @param buffer takes the query.
     * @return its length, 0 for none.
     */
    default int encodeReadBack(final MutableDirectBuffer buffer) {
        return 0;
    }

    /**
     * That was answered, before or after the operation.
     *
     * @param status below zero where it was refused.
     * @param buffer of which {@code length} bytes at {@code offset} are the answer.
     * @param offset of the answer.
     * @param length of the answer.
     */
    default void onReadBack(final int status, final DirectBuffer buffer, final int offset, final int length) {
        // Nothing was asked.
    }

    /** It was asked, and nobody will ever know what became of it. */
    void onUnknown();
}
