package io.cairn.bench.micro;

import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * There and back over two one-to-one rings between two busy-spinning threads; one hop is half of it. Needs two free cores.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RingHopBenchmark {
    /** Bytes of the message. */
    @Param({"64"})
    public int lengthBytes;

    private final OneToOneRingBuffer requests = newRing();
    private final OneToOneRingBuffer replies = newRing();
    private final UnsafeBuffer message = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));
    private final MessageHandler onReply = (type, buffer, index, length) -> received = buffer.getLong(index);
    private volatile boolean isRunning;
    private Thread echo;
    private long received;
    private long sequence;

    private static OneToOneRingBuffer newRing() {
        return new OneToOneRingBuffer(new UnsafeBuffer(ByteBuffer.allocateDirect((1 << 16) + RingBufferDescriptor.TRAILER_LENGTH)));
    }

    /** Starts the other thread. */
    @Setup
    public void start() {
        isRunning = true;
        echo = new Thread(this::echo, "ring-hop-echo");
        echo.setDaemon(true);
        echo.start();
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

    /**
     * Stops the other thread.
     *
     * @throws InterruptedException if interrupted meanwhile.
     */
    @TearDown
    public void stop() throws InterruptedException {
        isRunning = false;
        echo.join();
    }

    /**
     * One round trip.
     *
     * @return the sequence that came back.
     */
    @Benchmark
    public long roundTrip() {
        message.putLong(0, ++sequence);
        while (!requests.write(1, message, 0, lengthBytes)) {
            Thread.onSpinWait();
        }
        while (received != sequence) {
            if (0 == replies.read(onReply, 1)) {
                Thread.onSpinWait();
            }
        }
        return received;
    }
}
