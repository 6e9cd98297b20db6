package io.cairn.bench.floor;

import io.cairn.bench.load.LatencyRecorder;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

import java.nio.ByteBuffer;

/**
 * Round trip of a message between two busy-spinning threads over two Agrona one-to-one rings: the least that any answer from another thread can cost
 * on this machine. One message is in flight; on fewer than two free cores the figure is a scheduling time slice instead, and that is what it says.
 */
public final class RingFloor {
    private static final int MESSAGE_TYPE = 1;
    private static final int RING_BYTES = 1 << 16;
    private static final int WARM_UP_DIVISOR = 4;

    private final int messageBytes;
    private final OneToOneRingBuffer requests;
    private final OneToOneRingBuffer replies;
    private final Histogram histogram = LatencyRecorder.newHistogram();
    private volatile boolean isRunning;
    private long received;

    /**
     * Allocates the rings.
     *
     * @param messageBytes length of the message, both ways.
     */
    public RingFloor(final int messageBytes) {
        this.messageBytes = messageBytes;
        requests = newRing();
        replies = newRing();
    }

    private static OneToOneRingBuffer newRing() {
        return new OneToOneRingBuffer(new UnsafeBuffer(ByteBuffer.allocateDirect(RING_BYTES + RingBufferDescriptor.TRAILER_LENGTH)));
    }

    /**
     * Starts the other thread, plays ping-pong on the calling one, and joins. A quarter of the time goes to warming up and is not recorded.
     *
     * @param durationNs how long.
     */
    public void measure(final long durationNs) {
        isRunning = true;
        final Thread echo = new Thread(this::echo, "ring-floor-echo");
        echo.setDaemon(true);
        echo.start();
        try {
            pingPong(durationNs / WARM_UP_DIVISOR, false);
            pingPong(durationNs - durationNs / WARM_UP_DIVISOR, true);
        } finally {
            isRunning = false;
            join(echo);
        }
    }

    private void pingPong(final long durationNs, final boolean isRecording) {
        final UnsafeBuffer message = new UnsafeBuffer(ByteBuffer.allocateDirect(messageBytes));
        final MessageHandler onReply = (type, buffer, index, length) -> received = buffer.getLong(index);
        final long startNs = System.nanoTime();
        long sentNs = startNs;
        for (long sequence = 1; sentNs - startNs < durationNs; sequence++) {
            sentNs = System.nanoTime();
            message.putLong(0, sequence);
            while (!requests.write(MESSAGE_TYPE, message, 0, messageBytes)) {
                Thread.onSpinWait();
            }
            while (received != sequence) {
                if (0 == replies.read(onReply, 1)) {
                    Thread.onSpinWait();
                }
            }
            if (isRecording) {
                histogram.recordValue(Math.min(System.nanoTime() - sentNs, LatencyRecorder.HIGHEST_NS));
            }
        }
        received = 0;
    }

    private void echo() {
        final MessageHandler onRequest = (type, buffer, index, length) -> {
            while (!replies.write(type, buffer, index, length)) {
                Thread.onSpinWait();
            }
        };
        while (isRunning) {
            if (0 == requests.read(onRequest, 1)) {
                Thread.onSpinWait();
            }
        }
    }

    private static void join(final Thread thread) {
        try {
            thread.join();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * All round trips recorded so far.
     *
     * @return nanoseconds.
     */
    public Histogram histogram() {
        return histogram;
    }
}
