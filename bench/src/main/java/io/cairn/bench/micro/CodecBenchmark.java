package io.cairn.bench.micro;

import io.cairn.bench.load.KeyBytes;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.codec.MessageHeaderDecoder;
import io.cairn.fsm.codec.PutDecoder;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * Encoding and decoding of one put command of a 16-byte key and a 100-byte value.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmark {
    private static final int KEY_BYTES = 16;
    private static final int VALUE_BYTES = 100;

    private final KeyBytes bytes = new KeyBytes(KEY_BYTES, VALUE_BYTES);
    private final KeyValueCommands commands = new KeyValueCommands();
    private final UnsafeBuffer target = new UnsafeBuffer(ByteBuffer.allocateDirect(1024));
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final PutDecoder decoder = new PutDecoder();
    private int number;

    /** Leaves a command to decode. */
    @Setup
    public void fill() {
        encodePut();
    }

    /**
     * Encodes.
     *
     * @return length of the command.
     */
    @Benchmark
    public int encodePut() {
        number = number + 1 & 0xFFFF;
        return commands.encodePut(
            target, 0, KeyValueCommands.DEFAULT_TABLE, bytes.key(number), 0, KEY_BYTES, bytes.value(number, number), 0, VALUE_BYTES, 0);
    }

    /**
     * Decodes, down to the place of the value.
     *
     * @return something of every field.
     */
    @Benchmark
    public long decodePut() {
        decoder.wrapAndApplyHeader(target, 0, header);
        final int tableId = decoder.tableId();
        final long ttlMs = decoder.ttlMs();
        final int keyLength = decoder.skipKey();
        return tableId + ttlMs + keyLength + decoder.skipValue();
    }
}
