package io.cairn.engine.pipeline;

import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import java.nio.ByteBuffer;

/**
 * Two clients claim, encode and commit in the ingress ring, as {@code EmbeddedClient} does; the Sequencer reads afterwards: both messages, each
 * whole.
 */
@JCStressTest
@State
@Outcome(id = "2, 3", expect = Expect.ACCEPTABLE, desc = "both, whole")
@Outcome(expect = Expect.FORBIDDEN, desc = "lost, torn or mixed up")
public class IngressRingStress {
    private static final int LENGTH = IngressDescriptor.HEADER_LENGTH + 2 * Long.BYTES;

    private final RingBuffer ring = new ManyToOneRingBuffer(new UnsafeBuffer(ByteBuffer.allocateDirect(512 + RingBufferDescriptor.TRAILER_LENGTH)));

    static void send(final RingBuffer ring, final int client) {
        final int claim = ring.tryClaim(IngressDescriptor.COMMAND, LENGTH);
        if (claim > 0) {
            ring.buffer().putLong(claim + IngressDescriptor.HEADER_LENGTH, client);
            ring.buffer().putLong(claim + IngressDescriptor.HEADER_LENGTH + Long.BYTES, client);
            IngressDescriptor.encodeHeader(ring.buffer(), claim, client, client, client, 0);
            ring.commit(claim);
        }
    }

    /** The client that sent a message; 4 where it is not whole. */
    static int read(final RingBuffer ring, final II_Result result) {
        return ring.read((type, buffer, offset, length) -> {
            final long client = IngressDescriptor.correlationId(buffer, offset);
            final boolean isWhole = IngressDescriptor.COMMAND == type && LENGTH == length &&
                IngressDescriptor.clientId(buffer, offset) == client && IngressDescriptor.payloadCrc(buffer, offset) == client &&
                buffer.getLong(offset + IngressDescriptor.HEADER_LENGTH) == client &&
                buffer.getLong(offset + IngressDescriptor.HEADER_LENGTH + Long.BYTES) == client;
            result.r2 |= isWhole ? (int)client : 4;
        });
    }

    /** One client. */
    @Actor
    public void one() {
        send(ring, 1);
    }

    /** Another. */
    @Actor
    public void other() {
        send(ring, 2);
    }

    /**
     * The Sequencer.
     *
     * @param result messages, and of whom.
     */
    @Arbiter
    public void sequencer(final II_Result result) {
        result.r1 = read(ring, result);
    }
}
