package io.cairn.engine.pipeline;

import io.cairn.engine.client.ReplyStatus;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;

/**
 * Encodes outcomes into clients' reply rings. One instance per writing thread (Sequencer, Applier).
 *
 * <p>A client that keeps to its window always finds room for a small reply; a larger body that does not fit is left out, and the status says
 * so ({@link ReplyStatus#RESULT_DROPPED} for a command that took effect, {@link ReplyStatus#BACK_PRESSURED} for a query, to be asked again).
 * A client that does not keep to its window loses replies, which are counted: nothing waits for it.
 */
final class ReplyPublisher {
    private final ClientRegistry clients;
    private long droppedCount;

    ReplyPublisher(final ClientRegistry clients) {
        this.clients = clients;
    }

    void refuse(final int clientId, final long correlationId, final int status) {
        send(clientId, correlationId, -1, status, null, 0, 0, status);
    }

    void outcome(
        final int clientId,
        final long correlationId,
        final long index,
        final int status,
        final DirectBuffer body,
        final int offset,
        final int length) {
        send(clientId, correlationId, index, status, body, offset, length, ReplyStatus.RESULT_DROPPED);
    }

    void answer(
        final int clientId,
        final long correlationId,
        final long index,
        final int status,
        final DirectBuffer body,
        final int offset,
        final int length) {
        send(clientId, correlationId, index, status, body, offset, length, ReplyStatus.BACK_PRESSURED);
    }

    private void send(
        final int clientId,
        final long correlationId,
        final long index,
        final int status,
        final DirectBuffer body,
        final int offset,
        final int length,
        final int statusWithoutRoom) {
        final ClientChannel channel = clients.find(clientId);
        if (null == channel) {
            return;
        }
        int bodyLength = length;
        int replyStatus = status;
        if (!channel.admitsBody(bodyLength)) {
            replyStatus = statusWithoutRoom;
            bodyLength = 0;
        }
        final RingBuffer ring = channel.replies();
        final int claim = ring.tryClaim(ReplyDescriptor.REPLY, ReplyDescriptor.HEADER_LENGTH + bodyLength);
        if (claim < 0) {
            droppedCount++;
            return;
        }
        final AtomicBuffer buffer = ring.buffer();
        ReplyDescriptor.encodeHeader(buffer, claim, correlationId, index, replyStatus);
        if (bodyLength > 0) {
            buffer.putBytes(claim + ReplyDescriptor.HEADER_LENGTH, body, offset, bodyLength);
        }
        ring.commit(claim);
    }

    long droppedCount() {
        return droppedCount;
    }
}
