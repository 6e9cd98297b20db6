package io.cairn.bench.micro;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * Building a tree from nothing by puts in random order, splits and first touches of memory included. One shot is the whole tree.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class BTreeLoadBenchmark {
    /** Keys put. */
    @Param({"1000000", "10000000"})
    public int keys;

    /** Whether the arena is advised to be backed by huge pages. */
    @Param({"true"})
    public boolean hugePages;

    private TreeState state;

    /** An empty tree. */
    @Setup(Level.Iteration)
    public void empty() {
        state = new TreeState(keys, hugePages);
    }

    /** Gives the memory back. */
    @TearDown(Level.Iteration)
    public void close() {
        state.close();
    }

    /**
     * Puts every key.
     *
     * @return size of the tree.
     */
    @Benchmark
    public long load() {
        state.load();
        return state.tree.size();
    }
}
