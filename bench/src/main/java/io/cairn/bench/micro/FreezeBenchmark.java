package io.cairn.bench.micro;

import io.cairn.fsm.page.FrozenRoot;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.util.concurrent.TimeUnit;

/**
 * Freezing a state that was changed since the last freeze: what apply pays for the start of a snapshot. Each call is timed by itself (some 25 ns of
 * that are the clock); the change before it is not timed.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FreezeBenchmark {
    /** Keys in the state. */
    @Param({"1000", "1000000", "10000000"})
    public int keys;

    private TreeState state;

    /** Loads the state. */
    @Setup
    public void load() {
        state = new TreeState(keys, true);
        state.load();
    }

    /** Changes the state. */
    @Setup(Level.Invocation)
    public void change() {
        state.put(state.chooser.next());
    }

    /** Gives the memory back. */
    @TearDown
    public void close() {
        state.close();
    }

    /**
     * Freezes.
     *
     * @return the frozen version.
     */
    @Benchmark
    public FrozenRoot freeze() {
        return state.tables.freeze();
    }
}
