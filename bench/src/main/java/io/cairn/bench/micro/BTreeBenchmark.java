package io.cairn.bench.micro;

import io.cairn.fsm.page.BTreeCursor;
import io.cairn.fsm.page.ValueView;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * The B-tree alone, random 16-byte keys and 100-byte values: overwriting a random key, reading a random key (value copied out), scanning in key order
 * (key and value looked at: eight bytes of each).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class BTreeBenchmark {
    private static final int SCAN_ENTRIES = 1_000;

    /** Keys in the tree. */
    @Param({"1000000", "10000000"})
    public int keys;

    /** Whether the arena is advised to be backed by huge pages. */
    @Param({"true"})
    public boolean hugePages;

    private final UnsafeBuffer value = new UnsafeBuffer(ByteBuffer.allocateDirect(TreeState.VALUE_BYTES));
    private final ValueView view = new ValueView();
    private TreeState state;
    private BTreeCursor cursor;

    /** Loads the tree. */
    @Setup
    public void load() {
        state = new TreeState(keys, hugePages);
        state.load();
        cursor = state.tree.cursor();
        cursor.seekFirst();
    }

    /** Gives the memory back. */
    @TearDown
    public void close() {
        state.close();
    }

    /**
     * Overwrites.
     *
     * @return whether the key was new.
     */
    @Benchmark
    public boolean put() {
        return state.put(state.chooser.next());
    }

    /**
     * Reads.
     *
     * @return length of the value.
     */
    @Benchmark
    public int get() {
        final int length = state.tree.get(state.bytes.key(state.chooser.next()), 0, TreeState.KEY_BYTES, value, 0, TreeState.VALUE_BYTES);
        if (TreeState.VALUE_BYTES != length) {
            throw new IllegalStateException("a loaded key has no value of " + TreeState.VALUE_BYTES + " bytes but " + length);
        }
        return length;
    }

    /**
     * Walks on by {@value #SCAN_ENTRIES} entries, and from the start again at the end.
     *
     * @return something of every entry.
     */
    @Benchmark
    @OperationsPerInvocation(SCAN_ENTRIES)
    public long scan() {
        long sum = 0;
        for (int i = 0; i < SCAN_ENTRIES; i++) {
            if (!cursor.next() && !cursor.seekFirst()) {
                throw new IllegalStateException("the tree is empty");
            }
            cursor.value(view);
            sum += cursor.key().getLong(0) + view.piece().getLong(0) + view.length();
        }
        return sum;
    }
}
