package io.cairn.engine.pipeline;

import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import java.nio.ByteBuffer;

/**
 * A message is read while it is written, in both kinds of rings that are used: it is not there yet, or it is whole. Fourteen messages go through a
 * ring that holds ten, so that it wraps, and space that was read is written again.
 */
@JCStressTest
@State
@Outcome(id = "[0-9]+, [03]", expect = Expect.ACCEPTABLE, desc = "nothing yet, or whole")
@Outcome(expect = Expect.FORBIDDEN, desc = "torn")
public class RingReadStress {
    private static final int MESSAGES = 14;

    private final RingBuffer ingress = new ManyToOneRingBuffer(memory());
    private final RingBuffer replies = new OneToOneRingBuffer(memory());

    private static UnsafeBuffer memory() {
        return new UnsafeBuffer(ByteBuffer.allocateDirect(512 + RingBufferDescriptor.TRAILER_LENGTH));
    }

    /** Writes. */
    @Actor
    public void writer() {
        for (int i = 0; i < MESSAGES; i++) {
            IngressRingStress.send(ingress, 3);
            IngressRingStress.send(replies, 3);
        }
    }

    /**
     * Reads.
     *
     * @param result messages, and of whom.
     */
    @Actor
    public void reader(final II_Result result) {
        for (int i = 0; i < MESSAGES; i++) {
            result.r1 += IngressRingStress.read(ingress, result);
            result.r1 += IngressRingStress.read(replies, result);
        }
    }
}
