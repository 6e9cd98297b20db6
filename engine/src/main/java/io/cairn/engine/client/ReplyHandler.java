package io.cairn.engine.client;

import org.agrona.DirectBuffer;

/**
 * Takes the answers of an {@link AsyncKeyValue}, on the thread that polls it.
 */
@FunctionalInterface
public interface ReplyHandler {
    /**
     * One request was answered.
     *
     * @param correlationId what the request returned.
     * @param status        see {@link ReplyStatus}.
     * @param index         log index of a command; applied index a query was answered at; −1 when refused.
     * @param buffer        holds the body; valid during the call only.
     * @param offset        of the body.
     * @param length        of the body in bytes.
     */
    void onReply(long correlationId, int status, long index, DirectBuffer buffer, int offset, int length);
}
