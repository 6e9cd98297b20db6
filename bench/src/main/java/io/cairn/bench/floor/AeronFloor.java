package io.cairn.bench.floor;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.logbuffer.FragmentHandler;
import io.cairn.bench.load.LatencyRecorder;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Round trip of a message through Aeron alone: one thread sends, runs the media driver, receives, sends back, and receives again, one message in
 * flight. No message between two members, driven by one thread, can be faster; a command that a majority must hold takes at least one such round
 * trip between client and leader and one between leader and follower.
 *
 * <p>One thread.
 */
public final class AeronFloor implements AutoCloseable {
    private static final int STREAM_THERE = 7_001;
    private static final int STREAM_BACK = 7_002;
    private static final int FRAGMENTS = 1;
    private static final int WARM_UP_DIVISOR = 4;

    private final AgentInvoker driver;
    private final Aeron aeron;
    private final ExclusivePublication there;
    private final ExclusivePublication back;
    private final Subscription receiver;
    private final Subscription returned;
    private final int messageBytes;
    private final UnsafeBuffer message;
    private final UnsafeBuffer echo;
    private final FragmentHandler onReceived;
    private final FragmentHandler onReturned;
    private final Histogram histogram = LatencyRecorder.newHistogram();
    private long received;

    /**
     * Connects both ways.
     *
     * @param driver       of the directory, run by this thread.
     * @param directory    of the driver.
     * @param channelThere of the first half of the trip.
     * @param channelBack  of the second.
     * @param messageBytes length of the message, at least 8.
     */
    public AeronFloor(
        final AgentInvoker driver, final Path directory, final String channelThere, final String channelBack, final int messageBytes) {
        this.driver = driver;
        this.messageBytes = messageBytes;
        message = new UnsafeBuffer(ByteBuffer.allocateDirect(messageBytes));
        echo = new UnsafeBuffer(ByteBuffer.allocateDirect(messageBytes));
        aeron = Aeron.connect(new Aeron.Context()
            .aeronDirectoryName(directory.toString()).useConductorAgentInvoker(true).driverAgentInvoker(driver));
        receiver = aeron.addSubscription(channelThere, STREAM_THERE);
        returned = aeron.addSubscription(channelBack, STREAM_BACK);
        there = aeron.addExclusivePublication(channelThere, STREAM_THERE);
        back = aeron.addExclusivePublication(channelBack, STREAM_BACK);
        onReceived = (buffer, offset, length, header) -> {
            echo.putBytes(0, buffer, offset, length);
            while (back.offer(echo, 0, length) < 0) {
                turn();
            }
        };
        onReturned = (buffer, offset, length, header) -> received = buffer.getLong(offset);
    }

    private void turn() {
        aeron.conductorAgentInvoker().invoke();
        driver.invoke();
    }

    /**
     * Plays ping-pong on the calling thread. A quarter of the time goes to warming up and is not recorded.
     *
     * @param durationNs how long.
     */
    public void measure(final long durationNs) {
        while (!there.isConnected() || !back.isConnected()) {
            turn();
        }
        pingPong(durationNs / WARM_UP_DIVISOR, false);
        pingPong(durationNs - durationNs / WARM_UP_DIVISOR, true);
    }

    private void pingPong(final long durationNs, final boolean isRecording) {
        final long startNs = System.nanoTime();
        long sentNs = startNs;
        received = 0;
        for (long sequence = 1; sentNs - startNs < durationNs; sequence++) {
            sentNs = System.nanoTime();
            message.putLong(0, sequence);
            while (there.offer(message, 0, messageBytes) < 0) {
                turn();
            }
            while (received != sequence) {
                turn();
                receiver.poll(onReceived, FRAGMENTS);
                returned.poll(onReturned, FRAGMENTS);
            }
            if (isRecording) {
                histogram.recordValue(Math.min(System.nanoTime() - sentNs, LatencyRecorder.HIGHEST_NS));
            }
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

    @Override
    public void close() {
        aeron.close();
    }
}
