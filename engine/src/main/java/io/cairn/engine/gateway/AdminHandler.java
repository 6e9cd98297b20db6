package io.cairn.engine.gateway;

import org.agrona.DirectBuffer;

/**
 * Answers what a client asks of this one member: bytes in, bytes out, whatever they mean.
 */
@FunctionalInterface
public interface AdminHandler {
    /** Longest request. */
    int REQUEST_BYTES_MAX = 64 * 1024;
    /** Longest answer. */
    int REPLY_BYTES_MAX = 1024 * 1024;

    /** Takes the answer. Any thread, once. */
    @FunctionalInterface
    interface Answer {
        /**
         * Answer.
         *
         * @param payload at most {@link #REPLY_BYTES_MAX} bytes; not changed afterwards.
         */
        void complete(byte[] payload);
    }

    /**
     * A client that proved who it is asks. On the Sequencer's thread: must neither block nor throw; what takes longer is done elsewhere and answered
     * later.
     *
     * @param buffer of the request; valid during the call.
     * @param offset of its first byte.
     * @param length in bytes.
     * @param answer takes the answer, now or later.
     */
    void onRequest(DirectBuffer buffer, int offset, int length, Answer answer);
}
