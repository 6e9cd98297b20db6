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

    /** It was asked, and nobody will ever know what became of it. */
    void onUnknown();
}
